import { expect, signInAs, test } from './fixtures'

test('somebody ends a session that they left open', async ({ page, browser }) => {
  const left = await browser.newContext()
  const elsewhere = await left.newPage()
  await signInAs(elsewhere, 'eli@stint.example')
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
  await left.close()
})

test('an administrator revokes the sessions of somebody and finds who signed in', async ({ page, browser }) => {
  const theirs = await browser.newContext()
  const them = await theirs.newPage()
  await signInAs(them, 'demouser@stint.example')
  await signInAs(page, 'admin@stint.example')
  await page.goto('/users?q=demouser')
  await page.getByRole('main').getByRole('link', { name: 'demouser' }).first().click()
  await page.getByRole('button', { name: 'Revoke sessions' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke sessions' }).click()
  await expect(page.getByText('The sessions were revoked.')).toBeVisible()
  await them.goto('/my-roles')
  await expect(them).toHaveURL(/\/sign-in/)
  await theirs.close()

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
