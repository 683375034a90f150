import { constants } from 'node:fs'
import { access, open } from 'node:fs/promises'
import { join } from 'node:path'

/** How a process of a runtime is started. */
export interface RuntimeCommand {
  readonly argv: readonly string[]
  /** Variables that the runtime itself needs. */
  readonly environment: Readonly<Record<string, string>>
}

/** The machine lacks what a runtime needs, or the runtime cannot be run here at all. */
export class RuntimeUnavailable extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RuntimeUnavailable'
  }
}

interface RuntimeFamily {
  readonly names: readonly string[]
  /** @throws RuntimeUnavailable naming what is missing */
  readonly command: (name: string, codeFolder: string) => Promise<RuntimeCommand>
}

const BOOTSTRAPS = join(import.meta.dir, 'bootstrap')

/** Every runtime that functions can be created with; a new language is a row here and a bootstrap beside the others. */
const FAMILIES: readonly RuntimeFamily[] = [
  {
    names: ['nodejs26.x', 'nodejs24.x', 'nodejs22.x', 'nodejs20.x', 'nodejs18.x', 'nodejs16.x'],
    command: async (_name, codeFolder) => {
      const program = await node()
      return {
        argv: [program, join(BOOTSTRAPS, 'node.mjs')],
        environment: {
          NODE_PATH: [join(codeFolder, 'node_modules'), codeFolder].join(PATH_SEPARATOR),
          // As a single file we only run ourselves, unless told to be the plain Bun.
          ...(program === process.execPath ? { BUN_BE_BUN: '1' } : {}),
        },
      }
    },
  },
  {
    names: ['3.15', '3.14', '3.13', '3.12', '3.11', '3.10', '3.9', '3.8'].map(
      (version) => `python${version}`,
    ),
    command: async (name) => ({
      argv: [await python(name), join(BOOTSTRAPS, 'python.py')],
      // The code folder is shared by processes and watched: nothing may be written into it.
      environment: { PYTHONDONTWRITEBYTECODE: '1' },
    }),
  },
  { names: ['provided.al2023', 'provided.al2'], command: async (_name, folder) => bootstrap(folder) },
  {
    names: [
      'java25',
      'java21',
      'java17',
      'java11',
      'java8.al2',
      'java17.al2023',
      'java11.al2023',
      'java8.al2023',
    ],
    command: notHere('Java'),
  },
  { names: ['ruby4.0', 'ruby3.4', 'ruby3.3', 'ruby3.2'], command: notHere('Ruby') },
  { names: ['dotnet10', 'dotnet8', 'dotnet6'], command: notHere('.NET') },
]

/** Runtimes that AWS knows but creates no functions of any more. */
const RETIRED: ReadonlySet<string> = new Set(
  (
    'nodejs nodejs4.3 nodejs4.3-edge nodejs6.10 nodejs8.10 nodejs10.x nodejs12.x nodejs14.x python2.7 python3.6 ' +
    'python3.7 ruby2.5 ruby2.7 java8 dotnetcore1.0 dotnetcore2.0 dotnetcore2.1 dotnetcore3.1 go1.x provided'
  ).split(' '),
)

const BY_NAME: ReadonlyMap<string, RuntimeFamily> = new Map(
  FAMILIES.flatMap((family) => family.names.map((name) => [name, family])),
)

const PATH_SEPARATOR = process.platform === 'win32' ? ';' : ':'

/** What is wrong with a runtime's name, in AWS's words (recorded on AWS); undefined when nothing is. */
export function runtimeProblem(name: string): string | undefined {
  if (BY_NAME.has(name)) return undefined
  if (RETIRED.has(name)) {
    return `The runtime parameter of ${name} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`
  }
  const known = [...BY_NAME.keys()].join(', ')
  return `Value ${name} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${known}] or be a valid ARN`
}

/**
 * The command that runs functions of a runtime on this machine.
 * @throws RuntimeUnavailable
 */
export async function runtimeCommand(name: string, codeFolder: string): Promise<RuntimeCommand> {
  const family = BY_NAME.get(name)
  if (family === undefined) throw new RuntimeUnavailable(`the runtime ${name} is not known`)
  return family.command(name, codeFolder)
}

function notHere(language: string): RuntimeFamily['command'] {
  return (name) =>
    Promise.reject(
      new RuntimeUnavailable(
        `${language} functions (${name}) cannot be run yet: only nodejs*, python3* and provided* can; ` +
          'a provided.al2023 function with its own bootstrap runs any language',
      ),
    )
}

/** Node.js of the machine, else the Bun that runs us. */
const node = once(async () => {
  return (await interpreter('node', ['-p', 'process.execPath'])) ?? process.execPath
})

const pythons = new Map<string, () => Promise<string>>()

/** The Python of the runtime's version when the machine has it, else its `python3`. */
function python(runtime: string): Promise<string> {
  let find = pythons.get(runtime)
  if (find === undefined) {
    find = once(async () => {
      const candidates = [runtime, 'python3', ...(process.platform === 'win32' ? ['python'] : [])]
      for (const candidate of candidates) {
        const found = await interpreter(candidate, ['-c', 'import sys; print(sys.executable)'])
        if (found !== undefined) return found
      }
      throw new RuntimeUnavailable(
        `${runtime} functions need Python: neither ${runtime} nor python3 was found on PATH; install Python 3`,
      )
    })
    pythons.set(runtime, find)
  }
  return find()
}

async function bootstrap(codeFolder: string): Promise<RuntimeCommand> {
  const path = join(codeFolder, 'bootstrap')
  try {
    await access(path, constants.X_OK)
  } catch {
    throw new RuntimeUnavailable(
      'functions of provided.* runtimes bring an executable file named bootstrap at the root of their code: ' +
        'none was found there, or its execute permission is missing',
    )
  }
  return { argv: [path], environment: {} }
}

/**
 * The file that runs when `name` is called. Version managers (pyenv, asdf, volta) put scripts on PATH that choose an
 * interpreter at each start, slowly, by the user's environment, and that may choose none: those are asked once.
 */
async function interpreter(name: string, ask: readonly string[]): Promise<string | undefined> {
  const path = Bun.which(name)
  if (path === null) return undefined
  if (!(await isScript(path))) return path
  const child = Bun.spawn([path, ...ask], { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' })
  const answer = (await child.stdout.text()).trim()
  return (await child.exited) === 0 && answer !== '' ? answer : undefined
}

async function isScript(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer.toString('latin1') === '#!'
  } finally {
    await file.close()
  }
}

/** Runs `work` once and remembers its result; a failure is forgotten, so that installing what was missing helps. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => {
    result ??= work().catch((error: unknown) => {
      result = undefined
      throw error
    })
    return result
  }
}
