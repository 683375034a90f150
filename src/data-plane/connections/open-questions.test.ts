import { expect, test } from 'bun:test'
import { HolderSilent } from './holder-silent.ts'
import { OpenQuestions, UNANSWERED } from './open-questions.ts'

test('answers come to their questions, and what is not asked any more to nobody', async () => {
  const questions = new OpenQuestions(60_000)
  const [first, one] = questions.ask('a')
  const [second, other] = questions.ask('a')
  questions.answered(second, 'second')
  questions.answered(first, 'first')
  questions.answered(first, 'again')
  expect(await Promise.all([one, other])).toEqual(['first', 'second'])
})

test('of a holder that is gone nothing is answered; others answer on', async () => {
  const questions = new OpenQuestions(60_000)
  const lost = [questions.ask('gone'), questions.ask('gone')].map(([, answer]) => answer)
  const [number, answer] = questions.ask('here')
  questions.gone('gone')
  questions.answered(number, 'here')
  expect(await Promise.all([...lost, answer])).toEqual([UNANSWERED, UNANSWERED, 'here'])
})

test('each has its own time', async () => {
  const questions = new OpenQuestions(30)
  const order: string[] = []
  const ask = (name: string): Promise<void> =>
    questions.ask(name)[1].then(
      () => {},
      (error: Error) => void (error instanceof HolderSilent && order.push(name)),
    )
  const first = ask('first')
  await Bun.sleep(15)
  const second = ask('second')
  await first
  expect(order).toEqual(['first'])
  await second
  await ask('third')
  expect(order).toEqual(['first', 'second', 'third'])
})
