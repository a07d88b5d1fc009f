// What every story imports instead of '@playwright/test':
//
//     import { expect, signInAs, test } from './fixtures'
//
// A story fails when its page complains, also where the story itself did not look. What people do in many stories is in
// steps.ts, what they prove with who they are in authenticators.ts. A story that needs a Stint of its own has it from server.ts.

import AxeBuilder from '@axe-core/playwright'
import {
  type APIRequestContext,
  type BrowserContext,
  type BrowserContextOptions,
  expect,
  type Page,
  test as base,
} from '@playwright/test'

export { expect }

/** The screens of a desk, of a usual phone and of a small one. */
export const SCREEN = { width: 1280, height: 800 }
export const PHONE = { width: 390, height: 844 }
export const SMALL_PHONE = { width: 360, height: 740 }

interface Fixtures {
  /** What the browser has complained about so far; checked to be empty when the story ends. */
  complaints: string[]
  /** Opens another browser, in which nobody is signed in; it is closed when the story ends. */
  anotherBrowser: (options?: BrowserContextOptions) => Promise<Page>
  /** Signs somebody of the demo organisation in, in another browser. */
  meanwhile: (address: string) => Promise<Page>
  /** Finds no accessibility fault on the page as it is now, in the light and in the dark theme. */
  a11y: (other?: Page) => Promise<void>
}

export const test = base.extend<Fixtures>({
  complaints: [
    async ({ context, baseURL, javaScriptEnabled }, use) => {
      const complaints = await listen(context, new URL(baseURL ?? '').origin, javaScriptEnabled !== false)
      await use(complaints)
      expect(complaints, 'what the browser complained about').toEqual([])
    },
    { auto: true },
  ],

  anotherBrowser: async ({ browser, baseURL }, use) => {
    const opened: { context: BrowserContext; complaints: string[] }[] = []
    await use(async (options = {}) => {
      const context = await browser.newContext(options)
      const origin = new URL(options.baseURL ?? baseURL ?? '').origin
      opened.push({ context, complaints: await listen(context, origin, options.javaScriptEnabled !== false) })
      return context.newPage()
    })
    for (const { context } of opened) await context.close()
    const complaints = opened.flatMap((browser) => browser.complaints)
    expect(complaints, 'what another browser complained about').toEqual([])
  },

  meanwhile: async ({ anotherBrowser }, use) => {
    await use(async (address) => {
      const page = await anotherBrowser()
      await signInAs(page, address)
      return page
    })
  },

  a11y: async ({ page }, use) => {
    await use(async (other = page) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await other.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const { violations } = await new AxeBuilder({ page: other }).analyze()
        const faults = violations.flatMap(({ id, help, nodes }) =>
          nodes.map(({ html, target }) => `${id}: ${help} at ${target.join(' ')}: ${html}`),
        )
        expect(faults, `accessibility, ${colorScheme}, ${other.url()}`).toEqual([])
      }
      await other.emulateMedia({ colorScheme: null, reducedMotion: null })
    })
  },
})

/** Nothing on the page is wider than its screen. */
export async function expectNothingSticksOut(page: Page): Promise<void> {
  const pixels = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  expect(pixels, `pixels of ${page.url()} that stick out of ${page.viewportSize()?.width}`).toBeLessThanOrEqual(0)
}

/** Signs in as a person of the demo organisation. */
export async function signInAs(page: Page, address: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByRole('button', { name: wholeAddress(address) }).click()
  await page.waitForURL((url) => url.pathname !== '/sign-in')
}

/** Signs in with a user name and a password; whether that worked is for the story to say. */
export async function signInWithPassword(page: Page, userName: string, password: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByRole('textbox', { name: 'User name' }).fill(userName)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Moves the server's clock on; what has ended by then has ended at once. */
export async function advanceClock(request: APIRequestContext, seconds: number): Promise<void> {
  const response = await request.post(`/test/clock/advance?seconds=${seconds}`)
  expect(response.status(), 'the server is built with test-support').toBeLessThan(300)
}

/** `ann@stint.example` is not `joann@stint.example`. */
function wholeAddress(address: string): RegExp {
  return new RegExp(`(?<![\\w.+-])${address.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`)
}

/** Collects complaints from now on, of every page of the context. */
async function listen(context: BrowserContext, origin: string, hasScript: boolean): Promise<string[]> {
  const complaints: string[] = []
  const ours = (url: string) => url.startsWith(`${origin}/`)
  // Refusals are often what a story is about (403, 404, 422), and Chromium logs each as an error of its own.
  const refused = new Set<string>()

  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ blockedURI, effectiveDirective }) => {
      console.error(`Content-Security-Policy: ${effectiveDirective} refused ${blockedURI}`)
    })
  })

  context.on('response', (response) => {
    const kind = response.request().resourceType()
    if (!ours(response.url())) return
    const { 'content-type': type = '', 'content-security-policy': policy = 'none' } = response.headers()
    // The page that sends on to an identity provider loads nothing.
    const loadsNothing = new URL(response.url()).pathname.startsWith('/sign-in/with/')
    if (type.startsWith('text/html') && !policy.includes("'nonce-") && !loadsNothing) {
      complaints.push(`${response.status()} for the page ${response.url()} under the policy ${policy}`)
    }
    if (response.status() < 400) return
    if (response.status() < 500 && ['document', 'fetch', 'xhr'].includes(kind)) {
      refused.add(response.url())
    } else {
      complaints.push(`${response.status()} for the ${kind} ${response.url()}`)
    }
  })
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? 'for no reason given'
    // Without script Chromium refuses to preload any, in the name of the content security policy.
    if (!hasScript && reason === 'csp') return
    // A navigation aborts what the page before it was still loading.
    if (ours(request.url()) && reason !== 'net::ERR_ABORTED') complaints.push(`${request.url()} failed: ${reason}`)
  })
  context.on('weberror', (error) => complaints.push(`page error: ${error.error().stack ?? error.error().message}`))
  context.on('console', (message) => {
    const refusal = message.text().startsWith('Failed to load resource') && refused.has(message.location().url)
    const aboutHydration = message.type() === 'warning' && /hydrat/i.test(message.text())
    if ((message.type() === 'error' && !refusal) || aboutHydration) {
      complaints.push(`console ${message.type()}: ${message.text()} (${message.location().url})`)
    }
  })
  return complaints
}
