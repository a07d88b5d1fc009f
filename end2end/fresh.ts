// A server of its own that nobody has used, for stories about taking one into use; and a mail server for it.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const build = resolve(__dirname, '..', 'target/e2e')

/** A server that was started by a story. */
export interface Fresh {
  /** Its address. */
  origin: string
  /** The link of the first start. */
  link: string
  /** Mails that it sent, as text. */
  mails: string[]
  /** Runs another command on the same database: what it prints. */
  run: (...args: string[]) => Promise<string>
  /** Stops it. */
  stop: () => Promise<void>
}

/** Starts a server on an empty database, without the demo. */
export async function startFresh(): Promise<Fresh> {
  const mails: string[] = []
  const smtp = createServer((socket) => takeMails(socket, mails))
  const smtpPort = await listen(smtp)
  const probe = createServer()
  const port = await listen(probe)
  await new Promise((done) => probe.close(done))
  const database = `sqlite:${join(mkdtempSync(join(tmpdir(), 'stint-fresh.')), 'stint.db')}`
  const common = ['--listen', `127.0.0.1:${port}`, '--database-url', database, '--site', join(build, 'site')]
  const env = { ...process.env, STINT_SMTP_URL: `smtp://127.0.0.1:${smtpPort}` }
  const start = (...args: string[]) => spawn(join(build, 'stint'), [...args, ...common], { env })

  const server = start('serve')
  const printed = await untilPrinted(server, /(http\S+\/setup\?token=\w+)/)
  return {
    origin: `http://127.0.0.1:${port}`,
    link: printed,
    mails,
    run: async (...args) => {
      const command = start(...args)
      let said = ''
      command.stdout.on('data', (data: Buffer) => (said += data.toString()))
      command.stderr.on('data', (data: Buffer) => (said += data.toString()))
      await new Promise((done) => command.on('exit', done))
      return said
    },
    stop: async () => {
      const ended = new Promise((done) => server.on('exit', done))
      server.kill('SIGTERM')
      await ended
      smtp.close()
    },
  }
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)))
}

function untilPrinted(server: ChildProcess, wanted: RegExp): Promise<string> {
  return new Promise((found, failed) => {
    let said = ''
    const look = (data: Buffer) => {
      said += data.toString()
      const match = wanted.exec(said)
      if (match?.[1]) found(match[1])
    }
    server.stdout?.on('data', look)
    server.stderr?.on('data', (data: Buffer) => (said += data.toString()))
    server.on('exit', () => failed(new Error(`the server ended: ${said}`)))
  })
}

/** The least of SMTP that a client needs. */
function takeMails(socket: Socket, mails: string[]): void {
  let rest = ''
  let mail: string | undefined
  socket.write('220 here\r\n')
  socket.on('error', () => undefined)
  socket.on('data', (data) => {
    rest += data.toString()
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      const line = rest.slice(0, end)
      rest = rest.slice(end + 2)
      if (mail !== undefined) {
        if (line !== '.') {
          mail += `${line}\n`
          continue
        }
        mails.push(mail.replaceAll('=\n', '').replaceAll('=3D', '='))
        mail = undefined
        socket.write('250 taken\r\n')
      } else if (line.startsWith('DATA')) {
        mail = ''
        socket.write('354 go on\r\n')
      } else {
        socket.write(line.startsWith('QUIT') ? '221 bye\r\n' : '250 yes\r\n')
      }
    }
  })
}
