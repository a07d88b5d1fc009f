// A ticket system: it is asked whether a ticket is valid, and answers what the story has told it to, or nothing at all.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

/** What it is asked. */
export interface Question {
  ticket: { system: string | null; number: string }
  action: 'activate' | 'extend'
  principal: { id: string; displayName: string; userPrincipalName: string }
  role: { id: string; displayName: string }
  scope: string
  justification: string | null
}

export class TicketSystem {
  /** What it was asked so far, by somebody who has the secret. */
  readonly questions: Question[] = []
  /** What was sent to it by others, and why it did not listen. */
  readonly strangers: string[] = []
  /** What it says of every ticket: JSON, any other text, or nothing. */
  says: object | string | undefined

  private readonly server = createServer((request, response) => void this.answer(request, response))

  constructor(
    readonly port: number,
    private readonly secret: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}/check`
  }

  async open(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1')
    await once(this.server, 'listening')
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close')
    this.server.close()
    this.server.closeAllConnections()
    await closed
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    const wrong = this.stranger(request, body)
    if (wrong) {
      this.strangers.push(wrong)
      response.writeHead(401).end()
      return
    }
    this.questions.push(JSON.parse(body) as Question)
    // Whoever asked is left waiting.
    if (this.says === undefined) return
    const json = typeof this.says === 'string' ? this.says : JSON.stringify(this.says)
    response.writeHead(200, { 'content-type': 'application/json' }).end(json)
  }

  /** Why this does not come from Stint, as docs/webhooks.md tells a receiver to find out. */
  private stranger(request: IncomingMessage, body: string): string | undefined {
    const said = String(request.headers['stint-signature'])
    const [, at, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(said) ?? []
    if (!at || !signature) return `no signature: ${said}`
    if (Math.abs(Date.now() / 1000 - Number(at)) > 300) return `an old signature: ${said}`
    const own = createHmac('sha256', this.secret).update(`${at}.${body}`).digest()
    if (!timingSafeEqual(own, Buffer.from(signature, 'hex'))) return `the signature of somebody else: ${said}`
    if (request.method !== 'POST' || request.url !== '/check') return `${request.method} ${request.url}`
    return undefined
  }
}
