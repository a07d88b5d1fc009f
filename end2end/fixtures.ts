// What every story imports instead of '@playwright/test':
//
//     import { expect, signInAs, test } from './fixtures'
//
// A story fails when its page complains, also where the story itself did not look.

import AxeBuilder from '@axe-core/playwright'
import { type APIRequestContext, type BrowserContext, expect, type Page, test as base } from '@playwright/test'

export { expect }

interface Fixtures {
  /** What the browser has complained about so far; checked to be empty when the story ends. */
  complaints: string[]
  /** Finds no accessibility fault on the page as it is now, in the light and in the dark theme. */
  a11y: () => Promise<void>
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

  a11y: async ({ page }, use) => {
    await use(async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const { violations } = await new AxeBuilder({ page }).analyze()
        const faults = violations.flatMap(({ id, help, nodes }) =>
          nodes.map(({ html, target }) => `${id}: ${help} at ${target.join(' ')}: ${html}`),
        )
        expect(faults, `accessibility, ${colorScheme}, ${page.url()}`).toEqual([])
      }
      await page.emulateMedia({ colorScheme: null, reducedMotion: null })
    })
  },
})

/** Signs in as a person of the demo organisation. */
export async function signInAs(page: Page, address: string): Promise<void> {
  await page.goto('/sign-in')
  await page.getByRole('button', { name: wholeAddress(address) }).click()
  await page.waitForURL((url) => url.pathname !== '/sign-in')
}

/** Moves the server's clock on; what has ended by then has ended at once. */
export async function advanceClock(request: APIRequestContext, seconds: number): Promise<void> {
  const response = await request.post(`/test/clock/advance?seconds=${seconds}`)
  expect(response.status(), 'the server is built with test-support').toBeLessThan(300)
}

/**
 * Moves the server's clock and the page's own on together: what counts down in the page gets there too.
 * The story calls `page.clock.install()` before it opens the page, or the page's timers stay the browser's.
 */
export async function letTimePass(page: Page, seconds: number): Promise<void> {
  await advanceClock(page.request, seconds)
  await page.clock.fastForward(seconds * 1000)
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
    if (!ours(response.url()) || response.status() < 400) return
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
