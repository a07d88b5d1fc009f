// A role that somebody uses often stands first, with script and without.

import { expect, signInAs, test } from './fixtures'

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with script: ${javaScriptEnabled}`, () => {
    test.use({ javaScriptEnabled })

    test('a favourite comes first', async ({ page }) => {
      await signInAs(page, 'eli@stint.example')
      await page.goto('/my-roles')
      const stars = page.getByRole('button', { name: /^Add .* to favourites$/ })
      const count = await stars.count()
      expect(count).toBeGreaterThan(1)
      const label = (await stars.last().getAttribute('aria-label')) ?? ''
      const role = label.replace(/^Add /, '').replace(/ to favourites$/, '')
      await stars.last().click()
      await expect(page.getByRole('row').nth(1)).toContainText(role)
      await page.getByRole('button', { name: `Remove ${role} from favourites` }).first().click()
      await expect(page.getByRole('button', { name: /from favourites$/ })).toHaveCount(0)
      await expect(page.getByRole('button', { name: /^Add .* to favourites$/ })).toHaveCount(count)
    })
  })
}
