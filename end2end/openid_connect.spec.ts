// People sign in, and confirm that it is them, at identity providers of their organisation.

import type { Page } from '@playwright/test'
import { expect, expectNothingSticksOut, signInAs, SMALL_PHONE } from './fixtures'
import { IdentityProvider, keepAnswer, signInAtProvider } from './provider'
import { freePort, test as base } from './server'
import { deactivate, openActivation } from './steps'

interface Fixtures {
  ports: { harbour: number; orchard: number; lighthouse: number }
  /** Knows Eli by his address, and lets in nobody who is not there already. */
  harbour: IdentityProvider
  /** Lets in whoever it knows, in the groups that it says. */
  orchard: IdentityProvider
  /** Has not been there since the server started; the story opens it. */
  lighthouse: IdentityProvider
}

const SECRET = 'a secret that the two share'

/** What an operator writes about a provider in `stint.toml`. */
function configured(id: string, name: string, port: number, more: string): string {
  return `
    [[openid_connect]]
    id = "${id}"
    name = "${name}"
    issuer = "http://localhost:${port}"
    client_id = "stint"
    client_secret = "${SECRET}"
    ${more}
  `
}

function client(id: string, url: string) {
  return { id: 'stint', secret: SECRET, redirects: [`${url}/sign-in/with/${id}/callback`], signedOut: [`${url}/sign-in`] }
}

const test = base.extend<object, Fixtures>({
  ports: [
    async ({}, use) => use({ harbour: await freePort(), orchard: await freePort(), lighthouse: await freePort() }),
    { scope: 'worker' },
  ],
  stint: [
    async ({ ports }, use) => {
      const created = `
        create_people = true
        groups_claim = "groups"
        [openid_connect.groups]
        pickers = "All Engineers"
      `
      const toml = [
        configured('harbour', 'Harbour ID', ports.harbour, 'match_verified_email = true'),
        configured('orchard', 'Orchard', ports.orchard, created),
        configured('lighthouse', 'Lighthouse', ports.lighthouse, 'match_verified_email = true'),
      ]
      await use({ toml: toml.join('') })
    },
    { scope: 'worker' },
  ],
  harbour: [
    async ({ ports, server }, use) => {
      const nobody = { email_verified: true, groups: [] }
      const harbour = new IdentityProvider(ports.harbour, client('harbour', server.url), {
        eli: { ...nobody, sub: 'h-1', name: 'Eli Novak', email: 'eli@stint.example' },
        nora: { ...nobody, sub: 'h-2', name: 'Nora Berg', email: 'nora@harbour.example' },
        // Whoever may choose their own address there, and chose that of an administrator here.
        mallory: { ...nobody, sub: 'h-3', name: 'Ada Admin', email: 'admin@stint.example', email_verified: false },
      })
      await harbour.open()
      await use(harbour)
      await harbour.close()
    },
    { scope: 'worker' },
  ],
  orchard: [
    async ({ ports, server }, use) => {
      const orchard = new IdentityProvider(ports.orchard, client('orchard', server.url), {
        pia: { sub: 'o-1', name: 'Pia Lund', email: 'pia@orchard.example', email_verified: true, groups: ['pickers'] },
      })
      await orchard.open()
      await use(orchard)
      await orchard.close()
    },
    { scope: 'worker' },
  ],
  lighthouse: [
    async ({ ports, server }, use) => {
      const lighthouse = new IdentityProvider(ports.lighthouse, client('lighthouse', server.url), {
        priya: { sub: 'l-1', name: 'Priya Raman', email: 'approver@stint.example', email_verified: true, groups: [] },
      })
      await use(lighthouse)
      await lighthouse.close()
    },
    { scope: 'worker' },
  ],
})

/** Goes to a provider from the page to sign in on. */
async function goTo(page: Page, name: string, path = '/sign-in'): Promise<void> {
  await page.goto(path)
  await page.getByRole('button', { name: `Sign in with ${name}` }).click()
  await expect(page.getByRole('heading', { name: 'Sign in to the provider' })).toBeVisible()
}

async function expectSignedInAs(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('button', { name: `Account: ${name}` })).toBeVisible()
}

test('the page to sign in on offers the providers', async ({ page, a11y }) => {
  await page.goto('/sign-in?return_to=/users')
  await expect(page.getByRole('button', { name: 'Sign in with Harbour ID' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Sign in with Orchard' })).toBeVisible()
  await a11y()
  await page.setViewportSize(SMALL_PHONE)
  await expectNothingSticksOut(page)
})

test('somebody is found by their verified address the first time, and by who they are there from then on', async ({
  page,
  anotherBrowser,
  harbour,
  mailbox,
}) => {
  await goTo(page, 'Harbour ID', '/sign-in?return_to=/users')
  await signInAtProvider(page, 'eli')
  await expectSignedInAs(page, 'Eli Novak')
  await expect(page).toHaveURL(/\/users$/)
  const told = () => mailbox.mails.filter(({ to, text }) => to === 'eli@stint.example' && text.includes('your account of Harbour ID'))
  await expect.poll(told, { timeout: 15_000 }).toHaveLength(1)

  harbour.accounts.eli!.email = 'e.novak@harbour.example'
  const later = await anotherBrowser()
  await goTo(later, 'Harbour ID')
  await signInAtProvider(later, 'eli')
  await expectSignedInAs(later, 'Eli Novak')
  await later.goto('/sessions')
  await expect(later.getByRole('row', { name: /This session/ })).toContainText('OpenID Connect')
})

test('a stranger is told what to do, and so is who claims the address of somebody else', async ({ anotherBrowser, harbour }) => {
  for (const account of Object.keys(harbour.accounts).filter((name) => name !== 'eli')) {
    const page = await anotherBrowser()
    await goTo(page, 'Harbour ID')
    await signInAtProvider(page, account)
    await expect(page.getByText('This account of Harbour ID opens nothing here. Ask your administrator.')).toBeVisible()
    await page.goto('/my-roles')
    await expect(page).toHaveURL(/\/sign-in/)
  }
})

test('whoever gives up there can sign in another way', async ({ page, harbour }) => {
  await goTo(page, 'Harbour ID')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('Harbour ID did not vouch for you.')).toBeVisible()
  await expect(page).toHaveURL((url) => url.port !== String(harbour.port))
  await page.getByRole('button', { name: 'Sign in with Harbour ID' }).click()
  await signInAtProvider(page, 'eli')
  await expectSignedInAs(page, 'Eli Novak')
})

test('where it is allowed, people are made on their first sign-in, in the groups that the provider says', async ({
  page,
  anotherBrowser,
  orchard,
}) => {
  await goTo(page, 'Orchard')
  await signInAtProvider(page, 'pia')
  await expectSignedInAs(page, 'Pia Lund')
  const groups = async (of: Page) => {
    await of.getByRole('button', { name: 'Account: Pia Lund' }).click()
    await of.getByRole('link', { name: 'My profile' }).click()
    await of.getByRole('main').getByRole('link', { name: 'Groups' }).click()
  }
  await groups(page)
  await expect(page.getByRole('row', { name: /All Engineers/ })).toBeVisible()

  orchard.accounts.pia!.groups = []
  const later = await anotherBrowser()
  await goTo(later, 'Orchard')
  await signInAtProvider(later, 'pia')
  await groups(later)
  await expect(later.getByRole('row', { name: /All Engineers/ })).toHaveCount(0)
})

test('a role that asks for a second factor is activated with that of the provider', async ({ page, harbour }) => {
  const role = 'Conditional Access Administrator'
  await goTo(page, 'Harbour ID')
  await signInAtProvider(page, 'eli')
  await expectSignedInAs(page, 'Eli Novak')
  const panel = await openActivation(page, role)
  await panel.getByRole('spinbutton', { name: 'Duration (hours)' }).fill('1.5')
  await panel.getByRole('textbox', { name: /Reason/ }).fill('A policy has to change')
  await panel.getByRole('button', { name: 'Confirm with Harbour ID' }).click()
  await signInAtProvider(page, 'eli')
  await expect(page.getByText(/Harbour ID did not say that you gave what this asks for/)).toBeVisible()

  await panel.getByRole('button', { name: 'Confirm with Harbour ID' }).click()
  await signInAtProvider(page, 'eli', { factor: true })
  await expect(page).toHaveURL((url) => url.port !== String(harbour.port))
  await expect(panel.getByRole('spinbutton', { name: 'Duration (hours)' })).toHaveValue('1.5')
  await expect(panel.getByRole('textbox', { name: /Reason/ })).toHaveValue('A policy has to change')
  await panel.getByRole('button', { name: 'Activate' }).click()
  await expect(page.getByText('Activation completed successfully.')).toBeVisible()
  await deactivate(page, role)
})

test('what the provider answered opens once, and in the browser that asked', async ({ page, anotherBrowser, harbour }) => {
  const begin = await anotherBrowser()
  await goTo(begin, 'Harbour ID')
  const answer = await keepAnswer(begin, 'eli')
  expect(answer).toContain('code=')

  // In the browser of somebody else, who would be signed in as Eli, or Eli as them.
  const again = /took too long, or began in another browser/
  await page.goto(answer)
  await expect(page.getByText(again)).toBeVisible()
  await begin.goto(answer)
  await expect(begin).toHaveURL((url) => url.port !== String(harbour.port))
  await begin.goto(answer)
  await expect(begin.getByText(again)).toBeVisible()
})

test('a provider that does not answer is said to be away, and people sign in here', async ({
  page,
  anotherBrowser,
  complaints,
  lighthouse,
}) => {
  await page.goto('/sign-in')
  await page.getByRole('button', { name: 'Sign in with Lighthouse' }).click()
  await expect(page.getByText(/Lighthouse does not answer as it should\. Sign in another way/)).toBeVisible()
  for (const complaint of complaints.splice(0)) expect(complaint, 'the page says that it could not').toContain('503')
  await signInAs(page, 'admin@stint.example')
  await expectSignedInAs(page, 'Ada Admin')

  await lighthouse.open()
  const later = await anotherBrowser()
  await goTo(later, 'Lighthouse')
  await signInAtProvider(later, 'priya')
  await expectSignedInAs(later, 'Priya Raman')
})

test('a provider that comes back with other keys is believed again', async ({ page, harbour }) => {
  await goTo(page, 'Harbour ID')
  await harbour.close()
  await harbour.open()
  await goTo(page, 'Harbour ID')
  await signInAtProvider(page, 'eli')
  await expectSignedInAs(page, 'Eli Novak')
})

test('an account is linked under Security info, and opens the portal from then on', async ({ page, anotherBrowser, harbour, a11y }) => {
  harbour.accounts.otto = { sub: 'h-4', name: 'Otto Brandt', email: 'ob@harbour.example', email_verified: false, groups: [] }
  await signInAs(page, 'auditor@stint.example')
  await page.goto('/security-info')
  await expect(page.getByRole('heading', { name: 'Linked accounts' })).toBeVisible()
  await page.getByRole('button', { name: 'Link Harbour ID' }).click()
  await signInAtProvider(page, 'otto')
  const linked = page.getByRole('row', { name: /^Harbour ID/ })
  await expect(linked.getByRole('button', { name: 'Unlink' })).toBeVisible()
  await a11y()

  const later = await anotherBrowser()
  await goTo(later, 'Harbour ID')
  await signInAtProvider(later, 'otto')
  await expectSignedInAs(later, 'Otto Brandt')

  // He has no password, so without this account he would be out.
  await linked.getByRole('button', { name: 'Unlink' }).click()
  await expect(page.getByText('This is your only way to sign in. Set a password, or add a passkey, first.')).toBeVisible()
})

test('whoever signs out here is shown where to sign out there', async ({ page, harbour, a11y }) => {
  await goTo(page, 'Harbour ID')
  await signInAtProvider(page, 'eli')
  await page.getByRole('button', { name: 'Account: Eli Novak' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByText('You are signed out of Stint')).toBeVisible()
  await a11y()
  // The provider still knows who it is, and would let them in again without a word.
  await page.getByRole('link', { name: 'Sign out of Harbour ID' }).click()
  await page.getByRole('button', { name: 'Yes, sign me out' }).click()
  await expect(page).toHaveURL((url) => url.pathname === '/sign-in' && url.port !== String(harbour.port))
  await goTo(page, 'Harbour ID')
})
