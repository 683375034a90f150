// GET /pets, POST /pets, GET /pets/{petId}. The pets live as long as this process: edit this file and they are new.
const pets = new Map([
  ['1', { id: '1', name: 'Momo', kind: 'cat', price: 90 }],
  ['2', { id: '2', name: 'Bello', kind: 'dog', price: 150 }],
])

export async function handler(event) {
  switch (`${event.httpMethod} ${event.resource}`) {
    case 'GET /pets':
      return listPets(event.queryStringParameters?.kind)
    case 'POST /pets':
      return addPet(event.body)
    case 'GET /pets/{petId}':
      return getPet(event.pathParameters.petId)
    default:
      return answer(405, { message: `${event.httpMethod} is not for ${event.resource}` })
  }
}

function listPets(kind) {
  const found = [...pets.values()].filter((pet) => kind === undefined || pet.kind === kind)
  return answer(200, { currency: process.env.CURRENCY, pets: found })
}

function getPet(id) {
  const pet = pets.get(id)
  return pet === undefined ? answer(404, { message: `there is no pet ${id}` }) : answer(200, pet)
}

function addPet(body) {
  let given
  try {
    given = JSON.parse(body)
  } catch {
    return answer(400, { message: 'expected a JSON body such as {"name":"Rex","kind":"dog","price":120}' })
  }
  const { name, kind, price } = given ?? {}
  if (typeof name !== 'string' || typeof kind !== 'string' || typeof price !== 'number') {
    return answer(400, { message: 'expected name and kind, both texts, and price, a number' })
  }
  const pet = { id: String(pets.size + 1), name, kind, price }
  pets.set(pet.id, pet)
  return answer(201, pet, { Location: `/pets/${pet.id}` })
}

function answer(statusCode, value, headers = {}) {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(value),
  }
}
