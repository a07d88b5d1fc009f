// axe on every page, in light and dark; on a phone, and at twice the size, nothing is cut off.

import type { Page } from '@playwright/test'
import { expect, expectNothingSticksOut, SCREEN, signInAs, SMALL_PHONE, test } from './fixtures'
import { details, pages } from './pages'
import { openActivation } from './steps'

/** A desk's screen on which everything is made twice as large. */
const ZOOMED = { width: SCREEN.width / 2, height: SCREEN.height / 2 }

/** Nothing is wider than a phone, and no table has to be scrolled sideways on a desk, whatever the size of its letters. */
async function expectFits(page: Page): Promise<void> {
  for (const screen of [SMALL_PHONE, ZOOMED, SCREEN]) {
    await page.setViewportSize(screen)
    await expectNothingSticksOut(page)
    const pixels = await page
      .getByRole('region')
      .evaluateAll((regions) => Math.max(0, ...regions.map((region) => region.scrollWidth - region.clientWidth)))
    expect(pixels, `pixels of a table of ${page.url()} that stick out of ${screen.width}`).toBe(0)
  }
}

for (const path of pages) {
  test(`${path} is accessible and fits on a phone`, async ({ page, a11y }) => {
    await signInAs(page, 'admin@stint.example')
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 }).or(page.getByRole('heading', { level: 2 })).first()).toBeVisible()
    await a11y()
    await expectFits(page)
  })
}

for (const { list, name, tabs, more } of details) {
  test(`${name} and its tabs are accessible`, async ({ page, a11y }) => {
    test.slow()
    const heading = page.getByRole('heading', { level: 1 })
    const link = (words: string) => page.getByRole('main').getByRole('link', { name: words, exact: true }).first()
    await signInAs(page, 'admin@stint.example')
    await page.goto(list)
    await page.getByRole('main').getByRole('link', { name }).first().click()
    await expect(heading).toContainText(name)
    await a11y()
    for (const tab of tabs) {
      await link(tab).click()
      await expect(link(tab)).toHaveAttribute('aria-current', 'page')
      await a11y()
      // The same by its own address, as from a bookmark.
      await page.reload()
      await expect(heading).toContainText(name)
      await expect(link(tab)).toHaveAttribute('aria-current', 'page')
      await expectFits(page)
    }
    for (const [tab, words] of more) {
      await link(tab).click()
      await link(words).click()
      await expect(page).toHaveURL(new RegExp(words, 'i'))
      await a11y()
      await expectFits(page)
    }
  })
}

test('the Activate panel is accessible', async ({ page, a11y }) => {
  await signInAs(page, 'eli@stint.example')
  await openActivation(page, 'Groups Administrator')
  await a11y()
})
