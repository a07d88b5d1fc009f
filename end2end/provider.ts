// An identity provider that speaks OpenID Connect: oidc-provider, which is certified, with accounts of the story and a page to sign
// in on. It can be away for a while, and comes back with other keys.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Page } from '@playwright/test'
import type Provider from 'oidc-provider'
import type { Configuration } from 'oidc-provider'

/** Somebody whom the provider knows. */
export interface Account {
  /** What the provider never changes and gives to nobody else. */
  sub: string
  name: string
  email: string
  email_verified: boolean
  groups: string[]
}

/** Who may send people here. */
export interface Client {
  id: string
  secret: string
  /** Where people may be sent back to, signed in. */
  redirects: string[]
  /** Where people may be sent back to, signed out. */
  signedOut: string[]
}

/** The class of a sign-in with a second factor. */
export const WITH_SECOND_FACTOR = 'urn:example:mfa'

export class IdentityProvider {
  private server: Server | undefined
  private provider: Provider | undefined

  constructor(
    readonly port: number,
    private readonly client: Client,
    /** By what is typed on the page to sign in on; a story may change them. */
    readonly accounts: Record<string, Account>,
  ) {}

  /** Not the host of Stint, so that its answers come from another site. */
  get issuer(): string {
    return `http://localhost:${this.port}`
  }

  /** Opens it, with keys that it never had before. */
  async open(): Promise<void> {
    const { Provider } = await import('oidc-provider')
    const provider = new Provider(this.issuer, this.configuration())
    const answer = provider.callback()
    this.provider = provider
    this.server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', this.issuer).pathname
      if (path === '/favicon.ico') response.writeHead(204).end()
      else if (path.startsWith('/interaction/')) void this.interact(request, response)
      else void answer(request, response)
    })
    this.server.listen(this.port, '127.0.0.1')
    await once(this.server, 'listening')
  }

  async close(): Promise<void> {
    const server = this.server
    this.server = undefined
    if (!server) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  private configuration(): Configuration {
    const { id, secret, redirects, signedOut } = this.client
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    return {
      clients: [
        {
          client_id: id,
          client_secret: secret,
          redirect_uris: redirects,
          post_logout_redirect_uris: signedOut,
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' }] },
      cookies: { keys: [randomUUID()] },
      pkce: { required: () => true },
      acrValues: [WITH_SECOND_FACTOR],
      claims: { openid: ['sub', 'acr', 'amr'], profile: ['name', 'groups'], email: ['email', 'email_verified'] },
      // As most providers do: what was asked for stands in the ID token.
      conformIdTokenClaims: false,
      features: {
        devInteractions: { enabled: false },
        rpInitiatedLogout: { enabled: true, logoutSource: (context, form) => void (context.body = signOutPage(form)) },
      },
      ttl: { AccessToken: HOUR, AuthorizationCode: 60, Grant: HOUR, IdToken: HOUR, Interaction: HOUR, Session: HOUR },
      interactions: { url: (_, { uid }) => `/interaction/${uid}` },
      findAccount: (_, accountId) => {
        const account = Object.values(this.accounts).find(({ sub }) => sub === accountId)
        return account && { accountId, claims: () => ({ ...account }) }
      },
      // Nobody is asked whether Stint may know: it belongs to the same organisation.
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client!.clientId, accountId: oidc.session!.accountId! })
        grant.addOIDCScope(String(oidc.params?.scope ?? 'openid'))
        await grant.save()
        return grant
      },
    }
  }

  /** The page to sign in on, and what was sent from it. */
  private async interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = this.provider!
    if (request.method !== 'POST') {
      const { params } = await provider.interactionDetails(request, response)
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(signInPage(String(params.acr_values ?? '')))
      return
    }
    const form = new URLSearchParams(await text(request))
    const account = this.accounts[form.get('account') ?? '']
    const result =
      form.has('cancel') || !account
        ? { error: 'access_denied', error_description: 'The person gave up.' }
        : { login: { accountId: account.sub, ...(form.has('factor') ? strong : weak) } }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
  }
}

const HOUR = 60 * 60

const weak = { amr: ['pwd'] }
const strong = { amr: ['pwd', 'otp', 'mfa'], acr: WITH_SECOND_FACTOR }

function signInPage(asked: string): string {
  return `<!doctype html>
    <html lang="en"><title>Sign in</title>
    <h1>Sign in to the provider</h1>
    <p>${asked === WITH_SECOND_FACTOR ? 'Your second factor is asked for.' : ''}</p>
    <form method="post">
      <label>Account <input name="account" autocomplete="off"></label>
      <button>Continue</button>
      <button name="factor" value="yes">Continue with a second factor</button>
      <button name="cancel" value="yes">Cancel</button>
    </form></html>`
}

/** Asks before it signs out; `form` is what the answer is sent with. */
function signOutPage(form: string): string {
  return `<!doctype html>
    <html lang="en"><title>Sign out</title>
    <h1>Sign out of the provider</h1>
    ${form}
    <button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>
    </html>`
}

/** Signs in on the provider's page. */
export async function signInAtProvider(page: Page, account: string, { factor = false } = {}): Promise<void> {
  await page.getByRole('textbox', { name: 'Account' }).fill(account)
  await page.getByRole('button', { name: factor ? 'Continue with a second factor' : 'Continue', exact: true }).click()
}

/** Signs in there too, but keeps the address that the browser would be sent back to, with the provider's answer in it. */
export async function keepAnswer(page: Page, account: string): Promise<string> {
  const form = { account }
  const sent = await page.request.post(page.url(), { form, maxRedirects: 0 })
  const resumed = await page.request.get(sent.headers().location ?? '', { maxRedirects: 0 })
  return resumed.headers().location ?? ''
}
