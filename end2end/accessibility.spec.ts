// axe on every page, in light and dark; on a phone nothing is cut off.

import type { Page } from '@playwright/test'
import { expect, signInAs, test } from './fixtures'
import { details, pages } from './pages'

function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

for (const path of pages) {
  test(`${path} is accessible and fits on a phone`, async ({ page, a11y }) => {
    await signInAs(page, 'admin@stint.example')
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 }).or(page.getByRole('heading', { level: 2 })).first()).toBeVisible()
    await a11y()
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await overflow(page), 'pixels that stick out at 360 px').toBeLessThanOrEqual(0)
  })
}

for (const { list, name, tabs } of details) {
  test(`${name} and its tabs are accessible`, async ({ page, a11y }) => {
    await signInAs(page, 'admin@stint.example')
    await page.goto(list)
    await page.getByRole('main').getByRole('link', { name }).first().click()
    await expect(page.getByRole('heading', { level: 1 })).toContainText(name)
    await a11y()
    for (const tab of tabs) {
      await page.getByRole('main').getByRole('link', { name: tab, exact: true }).first().click()
      await expect(page.getByRole('main').getByRole('link', { name: tab, exact: true }).first()).toHaveAttribute('aria-current', 'page')
      await a11y()
      // The same by its own address, as from a bookmark.
      await page.reload()
      await expect(page.getByRole('heading', { level: 1 })).toContainText(name)
      await expect(page.getByRole('main').getByRole('link', { name: tab, exact: true }).first()).toHaveAttribute('aria-current', 'page')
      await page.setViewportSize({ width: 360, height: 740 })
      expect(await overflow(page), `pixels of ${page.url()} that stick out at 360 px`).toBeLessThanOrEqual(0)
      await page.setViewportSize({ width: 1280, height: 800 })
    }
  })
}

test('the Activate panel is accessible', async ({ page, a11y }) => {
  await signInAs(page, 'eli@stint.example')
  await page.goto('/my-roles')
  await page.getByRole('link', { name: /^Activate Groups Administrator/ }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await a11y()
})
