import { codingNamed, type ContentCoding } from './codings.ts'

/** One element of Accept-Encoding. */
export interface CodingPreference {
  /** In lower case: a coding, `identity` or `*`. */
  readonly coding: string
  /** 0 to 1; 0: not acceptable. */
  readonly quality: number
}

/** Elements that are looked at. */
const PREFERENCES_MAX = 32
const ELEMENT = /^([!#$%&'*+.^_`|~0-9a-z-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i

/**
 * What an Accept-Encoding value asks for (RFC 9110 §12.5.3), the most wanted first; equals stay as they were
 * written. Elements that break the grammar say nothing.
 */
export function parseAcceptEncoding(value: string): readonly CodingPreference[] {
  const preferences: CodingPreference[] = []
  for (const element of value.split(',', PREFERENCES_MAX)) {
    const [, name, quality = '1'] = ELEMENT.exec(element.trim()) ?? []
    if (name === undefined) continue
    preferences.push({ coding: codingNamed(name) ?? name.toLowerCase(), quality: Number(quality) })
  }
  return preferences.sort((a, b) => b.quality - a.quality)
}

/**
 * The best of what is offered (in the server's order of preference) by RFC 9110 §12.5.3; undefined: send the body as
 * it is, which is also right where nothing at all is acceptable.
 */
export function chooseCoding(
  preferences: readonly CodingPreference[],
  offered: readonly ContentCoding[],
): ContentCoding | undefined {
  const qualityOf = (coding: string): number | undefined =>
    preferences.find((preference) => preference.coding === coding)?.quality
  const others = qualityOf('*')
  let best: ContentCoding | undefined
  // Identity needs no mention to be acceptable, but then anything that is mentioned is wanted more.
  let bestQuality = qualityOf('identity') ?? others ?? 0
  for (const coding of offered) {
    const quality = qualityOf(coding) ?? others ?? 0
    if (quality > bestQuality || (quality === bestQuality && quality > 0 && best === undefined)) {
      best = coding
      bestQuality = quality
    }
  }
  return best
}
