import { expect, signInAs, test } from './fixtures'

test('an eligible user signs in and finds the way to their roles', async ({ page, a11y }) => {
  await page.goto('/sign-in')
  await a11y()

  await signInAs(page, 'demouser@stint.example')

  await expect(page.getByRole('navigation').getByRole('link', { name: 'My roles' })).toBeVisible()
  await a11y()
})
