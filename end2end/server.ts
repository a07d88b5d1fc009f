// A Stint of a story's own, for what the demo server that the others share cannot show: another configuration, a clock that
// nobody else looks at, a server that is empty, is killed, or starts anew.
//
//     import { test } from './server'
//     test.use({ stint: { demo: false, host: 'localhost' } })

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test as base } from './fixtures'
import { Mailbox } from './mailbox'

const root = resolve(__dirname, '..')
const build = join(root, 'target/e2e')

export interface Options {
  /** Whether it is filled with the demo organisation. */
  demo: boolean
  /** Its configuration, as `STINT_*` variables. */
  env: Record<string, string>
  /** What can be configured in a file only: its `stint.toml`. */
  toml: string
  /** How people come to it; a passkey belongs to a name, and an address is none. */
  host: 'localhost' | '127.0.0.1'
}

interface Fixtures {
  /** How the server of a file's stories is set up. */
  stint: Partial<Options>
  /** That server; all stories of the file share it. */
  server: Server
  /** Where its mail goes. */
  mailbox: Mailbox
}

/** The `test` of stories with a server of their own. */
export const test = base.extend<object, Fixtures>({
  stint: [{}, { option: true, scope: 'worker' }],
  mailbox: [
    async ({}, use) => {
      const mailbox = new Mailbox(await freePort())
      await mailbox.open()
      await use(mailbox)
      await mailbox.close()
    },
    { scope: 'worker' },
  ],
  server: [
    async ({ stint, mailbox }, use) => {
      const mail = { STINT_SMTP_URL: `smtp://127.0.0.1:${mailbox.port}`, STINT_MAIL_FROM: 'Stint <pim@stint.example>' }
      const server = await Server.start({ ...stint, env: { ...mail, ...stint.env } })
      await use(server)
      await server.end()
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ server }, use) => use(server.url),
})

/** A server on a database that nobody has used. */
export class Server {
  /** What it has printed. */
  output = ''
  /** Where it runs, which is where it looks for its `stint.toml`. */
  private readonly directory = mkdtempSync(join(tmpdir(), 'stint-e2e.'))
  private process: ChildProcess | undefined

  private constructor(
    readonly url: string,
    private readonly demo: boolean,
    private readonly shared: string[],
    private readonly env: NodeJS.ProcessEnv,
    toml: string,
  ) {
    writeFileSync(join(this.directory, 'stint.toml'), toml)
  }

  static async start({ demo = true, env = {}, toml = '', host = '127.0.0.1' }: Partial<Options> = {}): Promise<Server> {
    const port = await freePort()
    const url = `http://${host}:${port}`
    const shared = ['--listen', `127.0.0.1:${port}`, '--database-url', unusedDatabase(), '--site', join(build, 'site')]
    // A database that others share has no key beside it.
    const usual = { STINT_PUBLIC_URL: url, STINT_SECRET_KEY: '5a'.repeat(32) }
    const server = new Server(url, demo, shared, { ...usual, ...env }, toml)
    await server.begin()
    return server
  }

  /** Starts it, or starts it again on what it has kept. */
  async begin(): Promise<void> {
    const child = spawn(join(build, 'stint'), this.parameters, { cwd: this.directory, env: this.environment })
    this.process = child
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.output += String(text)))
    for (let attempt = 0; attempt < 600; attempt++) {
      if (child.exitCode !== null) break
      const answer = await fetch(`${this.url}/sign-in`).catch(() => undefined)
      if (answer?.ok) return
      await new Promise((passed) => setTimeout(passed, 100))
    }
    throw new Error(`The server did not start:\n${this.output}`)
  }

  /** Runs another command on the same database, as somebody on the server's own shell would: what it prints. */
  run(...command: string[]): string {
    const options = { encoding: 'utf8', cwd: this.directory, env: this.environment } as const
    const done = spawnSync(join(build, 'stint'), [...command, ...this.shared], options)
    return done.stdout + done.stderr
  }

  /** The link of the first start, which it has printed. */
  get setupLink(): string {
    return setupLinkIn(this.output)
  }

  // Stories let hours pass in one session.
  private get environment(): NodeJS.ProcessEnv {
    return { ...process.env, STINT_SESSION_IDLE_MINUTES: '720', ...this.env }
  }

  private get parameters(): string[] {
    return ['serve', ...(this.demo ? ['--demo'] : []), ...this.shared]
  }

  /** Ends it as an operator would, or as a power cut. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
}

/** The link that makes an administrator, in what a server or a command has printed. */
export function setupLinkIn(printed: string): string {
  const link = /http\S+\/setup\?token=\w+/.exec(printed)?.[0]
  if (!link) throw new Error(`There is no link in this:\n${printed}`)
  return link
}

function unusedDatabase(): string {
  const name = `stint_${Date.now().toString(36)}_${process.pid}`
  if ((process.env.STINT_E2E_DATABASE ?? 'sqlite') === 'sqlite') {
    return `sqlite:${join(mkdtempSync(join(tmpdir(), 'stint-e2e.')), `${name}.db`)}`
  }
  return execFileSync(join(root, 'scripts/postgres'), ['create', name], { encoding: 'utf8' }).trim()
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port')
  return address.port
}
