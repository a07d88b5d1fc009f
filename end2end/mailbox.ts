// A mail server that keeps what it gets. It can be away for a while.

import { once } from 'node:events'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'

export interface Mail {
  /** Whom the envelope names. */
  to: string
  subject: string
  text: string
  html: string
  messageId: string
  /** The thread that it belongs to. */
  references: string
  /** The address that its one button leads to. */
  link: string
}

export class Mailbox {
  readonly mails: Mail[] = []
  private server: SMTPServer | undefined

  constructor(readonly port: number) {}

  async open(): Promise<void> {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      // Who keeps a connection open for the next mail finds it broken.
      closeTimeout: 100,
      onData: (stream, session, answer) => {
        const parts: Buffer[] = []
        stream.on('data', (part: Buffer) => parts.push(part))
        stream.on('end', () => {
          const to = session.envelope.rcptTo.map(({ address }) => address).join(', ')
          read(to, Buffer.concat(parts)).then((mail) => {
            this.mails.push(mail)
            answer()
          }, answer)
        })
      },
    })
    this.server.listen(this.port, '127.0.0.1')
    await once(this.server.server, 'listening')
  }

  async close(): Promise<void> {
    const server = this.server
    this.server = undefined
    if (server) await new Promise<void>((closed) => server.close(() => closed()))
  }

  /** What has come for somebody so far, under subjects that have this in them. */
  to(address: string, subject: string): Mail[] {
    return this.mails.filter((mail) => mail.to === address && mail.subject.includes(subject))
  }
}

async function read(to: string, bytes: Buffer): Promise<Mail> {
  const mail = await PostalMime.parse(bytes)
  const { subject = '', text = '', html = '', messageId = '', references = '' } = mail
  const [link, ...others] = [...html.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href]) => href ?? '')
  if (!link || others.length > 0) throw new Error(`“${subject}” has not one clear button`)
  return { to, subject, text, html, messageId, references, link }
}
