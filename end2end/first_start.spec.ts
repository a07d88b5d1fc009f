// Taking a server into use, a password that is forgotten, and the way back in: on a server of its own without the demo.

import type { Page } from '@playwright/test'
import { expect, signInWithPassword } from './fixtures'
import { setupLinkIn, test } from './server'

test.use({ stint: { demo: false } })

test.describe.configure({ mode: 'serial' })

const FIRST = 'walrus orbit teacup nineteen'
const SECOND = 'velvet anchor mosaic eleven'

async function chooses(page: Page, password: string, again = password): Promise<void> {
  await page.getByLabel('New password', { exact: true }).fill(password)
  await page.getByLabel('New password again').fill(again)
}

test('the first administrator takes the server into use', async ({ page, server, a11y }) => {
  const link = server.setupLink
  await page.goto(link)
  await expect(page.getByRole('heading', { name: 'Take Stint into use' })).toBeVisible()
  await a11y()
  await page.getByRole('textbox', { name: 'Display name' }).fill('Grace Mensah')
  await page.getByRole('textbox', { name: 'User name' }).fill('grace@contoso.example')
  await chooses(page, 'grace mensah 1')
  await page.getByRole('button', { name: 'Become administrator', exact: true }).click()
  await expect(page.getByText('This password is too easy to guess.')).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Display name' })).toHaveValue('Grace Mensah')
  expect(page.url()).not.toContain('token')

  await chooses(page, FIRST)
  await page.getByRole('button', { name: 'Become administrator', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Account: Grace Mensah' })).toBeVisible()
  await page.goto('/my-roles?tab=active')
  await expect(page.getByRole('row', { name: /Global Administrator/ })).toBeVisible()
  await expect(page.getByRole('row', { name: /Privileged Role Administrator/ })).toBeVisible()

  await page.goto(link)
  await expect(page.getByText('This link was used already. It works once.')).toBeVisible()
  await a11y()
})

test('a new user has to choose a password of their own', async ({ page, a11y }) => {
  await signInWithPassword(page, 'grace@contoso.example', FIRST)
  await page.goto('/users/new')
  await page.getByRole('textbox', { name: 'User principal name' }).fill('mira@contoso.example')
  await page.getByRole('textbox', { name: 'Display name' }).fill('Mira Stein')
  await page.getByRole('button', { name: 'Create' }).click()
  const given = (await page.getByText(/^Password: /).textContent())?.replace('Password: ', '') ?? ''
  await page.context().clearCookies()

  await signInWithPassword(page, 'mira@contoso.example', given)
  await expect(page.getByText('Somebody else knows the one that you signed in with.')).toBeVisible()
  await a11y()
  await page.goto('/my-roles')
  await expect(page.getByRole('heading', { name: 'Change your password' })).toBeVisible()
  await page.getByLabel('Present password').fill(given)
  await chooses(page, FIRST)
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByRole('button', { name: 'Account: Mira Stein' })).toBeVisible()
})

test('a forgotten password is reset by a mail', async ({ page, mailbox, a11y }) => {
  await page.goto('/sign-in')
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await a11y()
  await page.getByRole('textbox', { name: 'User name' }).fill('mira@contoso.example')
  await page.getByRole('button', { name: 'Send the link' }).click()
  await expect(page.getByText('Look into your mail')).toBeVisible()
  await a11y()
  const found = () => mailbox.to('mira@contoso.example', 'reset your password')[0]?.link
  await expect.poll(found, { timeout: 15_000 }).toMatch(/\/reset-password\?token=[0-9a-f]{64}$/)
  const link = found() ?? ''

  await page.goto(link)
  await expect(page.getByText('mira@contoso.example')).toBeVisible()
  await a11y()
  await chooses(page, SECOND, 'something else')
  await page.getByRole('button', { name: 'Set the password' }).click()
  await expect(page.getByText('This is not the same password.')).toBeVisible()
  await chooses(page, SECOND)
  await page.getByRole('button', { name: 'Set the password' }).click()
  await expect(page.getByText('Your password was changed. Sign in with the new one.')).toBeVisible()

  await signInWithPassword(page, 'mira@contoso.example', FIRST)
  await expect(page.getByText('The user name or the password is wrong.')).toBeVisible()
  await signInWithPassword(page, 'mira@contoso.example', SECOND)
  await expect(page.getByRole('button', { name: 'Account: Mira Stein' })).toBeVisible()
  await page.goto(link)
  await expect(page.getByText('This link was used already. It works once.')).toBeVisible()
})

test('somebody on the server gets back in', async ({ page, mailbox, server }) => {
  const unknown = server.run('admin', 'recover', '--user', 'nobody@contoso.example')
  expect(unknown).toContain('There is no user nobody@contoso.example.')
  await page.goto(setupLinkIn(server.run('admin', 'recover', '--user', 'mira@contoso.example')))
  await expect(page.getByText('mira@contoso.example')).toBeVisible()
  await chooses(page, FIRST)
  await page.getByRole('button', { name: 'Become administrator', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Account: Mira Stein' })).toBeVisible()
  const told = () => mailbox.to('grace@contoso.example', 'a link that makes a Global Administrator was created').length
  await expect.poll(told, { timeout: 15_000 }).toBe(1)
})
