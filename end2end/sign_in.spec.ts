import { expect, signInAs, test } from './fixtures'

test('an eligible user signs in and finds the way to their roles', async ({ page, a11y }) => {
  await page.goto('/sign-in')
  await a11y()

  await signInAs(page, 'demouser@stint.example')

  await expect(page.getByRole('navigation').getByRole('link', { name: 'My roles' })).toBeVisible()
  await a11y()
})

test('whoever is signed out is told so, and finds the way in', async ({ page, a11y }) => {
  await page.goto('/signed-out')
  await expect(page.getByRole('heading', { name: 'You are signed out' })).toBeVisible()
  await a11y()
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { name: 'Sign in', exact: true })).toBeVisible()

  await signInAs(page, 'demouser@stint.example')
  await page.goto('/signed-out')
  await expect(page.getByRole('heading', { name: 'You are signed in' })).toBeVisible()
})
