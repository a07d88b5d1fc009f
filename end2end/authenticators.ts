// What people prove with that it is them: the app that shows codes, and a device with passkeys.

import { createHash, createHmac } from 'node:crypto'
import { type APIRequestContext, type CDPSession, expect, type Page } from '@playwright/test'

/** The secret that an authenticator app is told in letters and digits. */
export function secretIn(words: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...words.replace(/\s/g, '')].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)))
}

/** The secret of the app that a person of the demo comes with. */
export function demoSecret(address: string): Buffer {
  return createHash('sha256').update(`the app of ${address}`).digest().subarray(0, 20)
}

/** What an authenticator app with this secret shows at the server's time. */
export async function codeOf(request: APIRequestContext, secret: Buffer): Promise<string> {
  const now = Number(await (await request.get('/test/clock')).text())
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30)))
  const hash = createHmac('sha1', secret).update(step).digest()
  const at = hash[19]! & 15
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Types the code that the demo shows beside the field. */
export async function typeShownCode(page: Page): Promise<void> {
  const hint = await page.getByText(/In this demo the app would show \d{6}/).innerText()
  await page.getByRole('textbox', { name: 'Code' }).fill(/\d{6}/.exec(hint)![0])
}

/**
 * A device with passkeys that the browser makes up. A passkey belongs to a host name and an address is none, so such stories come
 * to the server by `localhost`.
 */
export class Device {
  private constructor(
    private readonly cdp: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  static async plugIn(page: Page): Promise<Device> {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    return new Device(cdp, authenticatorId)
  }

  /** Whether the finger that touches it from now on is its owner's. */
  async verifies(isUserVerified: boolean): Promise<void> {
    await this.cdp.send('WebAuthn.setUserVerified', { authenticatorId: this.authenticatorId, isUserVerified })
  }

  /** How many passkeys it keeps. */
  async count(): Promise<number> {
    return (await this.cdp.send('WebAuthn.getCredentials', { authenticatorId: this.authenticatorId })).credentials.length
  }
}

/** Adds a passkey under Security info. */
export async function addPasskey(page: Page, name: string): Promise<void> {
  await page.goto('/security-info')
  await page.getByRole('textbox', { name: 'Name of the passkey' }).fill(name)
  await page.getByRole('button', { name: 'Add passkey' }).click()
  await expect(page.getByRole('row', { name: new RegExp(name) })).toBeVisible()
}

/** Takes a passkey away under Security info. */
export async function removePasskey(page: Page, name: string): Promise<void> {
  await page.goto('/security-info')
  await page.getByRole('button', { name: `Remove ${name}` }).click()
  await page.getByRole('dialog', { name: `Remove ${name}?` }).getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('The passkey was removed.')).toBeVisible()
}
