// Where somebody is signed in, and that a session which has ended is good for nothing, in whoever's hands.

import type { Page } from '@playwright/test'
import { typeShownCode } from './authenticators'
import { expect, signInAs, test } from './fixtures'
import { openActivation } from './steps'

/** A thief has copied what the browser keeps, and so far is whoever is signed in there. */
async function copyCookies(from: Page, thief: Page): Promise<void> {
  await thief.context().addCookies(await from.context().cookies())
  await thief.goto('/sessions')
  await expect(thief.getByRole('heading', { name: 'Your sessions' })).toBeVisible()
}

/** What the thief has opens no page, and nothing behind the pages. */
async function expectNothingOpens(thief: Page): Promise<void> {
  const { status, said } = await thief.evaluate(async () => {
    const answer = await fetch('/api/list_my_sessions', { method: 'POST', headers: { Accept: 'application/json' } })
    return { status: answer.status, said: await answer.text() }
  })
  expect(status, said).toBe(401)
  await thief.goto('/sessions')
  await expect(thief).toHaveURL(/\/sign-in\?return_to=/)
}

test('somebody ends a session that they left open', async ({ page, meanwhile }) => {
  const elsewhere = await meanwhile('eli@stint.example')
  await signInAs(page, 'eli@stint.example')

  await page.getByRole('button', { name: 'Account: Eli Novak' }).click()
  await page.getByRole('link', { name: 'Your sessions' }).click()
  const sessions = page.getByRole('table', { name: 'Sessions' })
  await expect(sessions.getByText('This session')).toHaveCount(1)
  await expect(sessions.getByRole('row', { name: /Chrome on Linux/ }).first()).toBeVisible()
  await sessions.getByRole('button', { name: /^Sign out Chrome on Linux/ }).first().click()
  await expect(page.getByText('The session was ended.')).toBeVisible()

  await page.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click()
  await expect(sessions.getByRole('button', { name: /^Sign out/ })).toHaveCount(0)
  await elsewhere.goto('/my-roles')
  await expect(elsewhere).toHaveURL(/\/sign-in/)
  await expect(page.getByRole('table', { name: 'Sign-ins' }).getByText('Success').first()).toBeVisible()
})

test('a cookie that was copied is worth nothing after signing out', async ({ page, anotherBrowser }) => {
  await signInAs(page, 'eli@stint.example')
  const thief = await anotherBrowser()
  await copyCookies(page, thief)
  await page.getByRole('button', { name: 'Account: Eli Novak' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/\/sign-in/)
  await expectNothingOpens(thief)
})

test('nor after signing out everywhere else, from another device', async ({ page, anotherBrowser, meanwhile }) => {
  await signInAs(page, 'eli@stint.example')
  const thief = await anotherBrowser()
  await copyCookies(page, thief)
  const phone = await meanwhile('eli@stint.example')
  await phone.goto('/sessions')
  await phone.getByRole('button', { name: 'Sign out everywhere else' }).click()
  await phone.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click()
  await expect(phone.getByText(/sessions? (was|were) ended\./)).toBeVisible()
  await expectNothingOpens(thief)
  await expectNothingOpens(page)
  await phone.goto('/my-roles')
  await expect(phone).toHaveURL(/\/my-roles/)
})

test('nor from the moment that its owner has given a second factor', async ({ page, anotherBrowser }) => {
  await signInAs(page, 'eli@stint.example')
  const thief = await anotherBrowser()
  await copyCookies(page, thief)
  await page.goto('/confirm?return_to=/my-roles')
  await typeShownCode(page)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page).toHaveURL(/\/my-roles/)
  await expectNothingOpens(thief)

  // The owner goes on, and what was shown counts for them alone.
  const panel = await openActivation(page, 'Conditional Access Administrator')
  await expect(panel.getByText(/You gave one a moment ago/)).toBeVisible()
})

test('an administrator revokes the sessions of somebody and finds who signed in', async ({ page, meanwhile }) => {
  const them = await meanwhile('demouser@stint.example')
  await signInAs(page, 'admin@stint.example')
  await page.goto('/users?q=demouser')
  await page.getByRole('main').getByRole('link', { name: 'demouser' }).first().click()
  await page.getByRole('button', { name: 'Revoke sessions' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke sessions' }).click()
  await expect(page.getByText('The sessions were revoked.')).toBeVisible()
  await them.goto('/my-roles')
  await expect(them).toHaveURL(/\/sign-in/)

  await page.goto('/sign-in-logs')
  await page.getByRole('textbox', { name: 'User name' }).fill('demouser@stint.example')
  await page.getByRole('combobox', { name: 'Result' }).selectOption('Success')
  await page.getByRole('button', { name: 'Apply' }).click()
  await expect(page).toHaveURL(/person=demouser.*result=success/)
  await expect(page.getByRole('row', { name: /demouser/ }).first()).toContainText('One click (demo)')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download CSV' }).click()
  expect((await download).suggestedFilename()).toBe('sign-ins.csv')
})

test('an administrator sees that somebody is guessed at', async ({ page, browser, a11y }) => {
  const stranger = await browser.newContext()
  for (let guess = 0; guess < 10; guess++) {
    const answer = await stranger.request.post('/sign-in?post=sign_in', {
      headers: { accept: 'text/html' },
      form: { user_name: 'auditor@stint.example', password: `guess number ${guess}` },
    })
    // Who guessed before is slowed already.
    expect([401, 429]).toContain(answer.status())
  }
  await stranger.close()

  await signInAs(page, 'admin@stint.example')
  await page.goto('/sign-in-logs')
  const alerts = page.getByRole('status').filter({ hasText: 'Repeated failures within the last day' })
  await expect(alerts).toContainText('Signing in as auditor@stint.example failed again and again')
  await a11y()
  await page.setViewportSize({ width: 360, height: 740 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0)
  await alerts.getByRole('link', { name: 'auditor@stint.example' }).click()
  await expect(page).toHaveURL(/person=/)
  await expect(page.getByRole('row', { name: /Failure: wrong password/ }).first()).toBeVisible()
  await expect(alerts).toHaveCount(0)
})
