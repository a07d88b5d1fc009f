// A Stint of a story's own, for what the demo server that the others share cannot show: another configuration, a
// server that is empty, is killed, or starts anew.

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(__dirname, '..')
const build = join(root, 'target/e2e')

export interface Options {
  /** Whether it is filled with the demo organisation. */
  demo: boolean
  /** Its configuration, as `STINT_*` variables. */
  env: Record<string, string>
  /** How people come to it; a passkey belongs to a name, and an address is none. */
  host: 'localhost' | '127.0.0.1'
}

/** A server on a database that nobody has used. */
export class Server {
  /** What it has printed. */
  output = ''
  private process: ChildProcess | undefined

  private constructor(
    readonly url: string,
    private readonly demo: boolean,
    private readonly shared: string[],
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async start({ demo = true, env = {}, host = '127.0.0.1' }: Partial<Options> = {}): Promise<Server> {
    const port = await freePort()
    const url = `http://${host}:${port}`
    const shared = ['--listen', `127.0.0.1:${port}`, '--database-url', unusedDatabase(), '--site', join(build, 'site')]
    // A database that others share has no key beside it.
    const usual = { STINT_PUBLIC_URL: url, STINT_SECRET_KEY: '5a'.repeat(32) }
    const server = new Server(url, demo, shared, { ...usual, ...env })
    await server.begin()
    return server
  }

  /** Starts it, or starts it again on what it has kept. */
  async begin(): Promise<void> {
    const child = spawn(join(build, 'stint'), this.parameters, {
      cwd: mkdtempSync(join(tmpdir(), 'stint-e2e.')),
      env: this.environment,
    })
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
    const done = spawnSync(join(build, 'stint'), [...command, ...this.shared], { encoding: 'utf8', env: this.environment })
    return done.stdout + done.stderr
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
