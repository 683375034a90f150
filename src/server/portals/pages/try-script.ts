/**
 * What runs in the reader's browser, and nothing else does: a form of an endpoint becomes a request, its answer text. Plain
 * JavaScript, for it is served as it is. A request goes to the portal itself, which passes it on, or to the address that the
 * product's owner has said, which must then allow it (CORS). 29 s are AWS's (developer guide, "Enable try it …").
 */
export const tryScript: string = `'use strict'
const timeoutMs = 29_000
for (const form of document.querySelectorAll('form.try')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void run(form)
  })
}

function requestOf(form) {
  const { base, path } = form.dataset
  const values = (place) =>
    [...form.querySelectorAll('[data-in="' + place + '"]')].map((field) => [field.name, field.value])
  const named = new Map(values('path'))
  const filled = path.replace(/\\{([^{}+]+)(\\+?)\\}/g, (_, name, greedy) => {
    const parts = greedy ? (named.get(name) ?? '').split('/') : [named.get(name) ?? '']
    return parts.map(encodeURIComponent).join('/')
  })
  const query = new URLSearchParams(values('query').filter(([, value]) => value !== ''))
  const headers = new Headers(values('header').filter(([, value]) => value !== ''))
  for (const line of (form.elements['more-headers']?.value ?? '').split('\\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim())
  }
  const method = form.elements['method'].value
  const body = form.elements['body']?.value
  const type = form.elements['content-type']?.value
  const hasBody = method !== 'GET' && method !== 'HEAD' && body !== undefined && body !== ''
  if (hasBody && type && !headers.has('content-type')) headers.set('content-type', type)
  if (base.startsWith('/')) headers.set('x-gatehouse-try', '1')
  return {
    url: base + filled + (query.size === 0 ? '' : '?' + query),
    init: {
      method,
      headers,
      body: hasBody ? body : undefined,
      credentials: 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
    },
  }
}

async function run(form) {
  const button = form.querySelector('button')
  const answer = form.parentElement.querySelector('.answer')
  const show = (status, isError, headers, body) => {
    answer.hidden = false
    answer.querySelector('.status').textContent = status
    answer.querySelector('.status').classList.toggle('error', isError)
    answer.querySelector('.headers').textContent = headers
    answer.querySelector('.body').textContent = body
  }
  button.disabled = true
  const from = performance.now()
  try {
    const { url, init } = requestOf(form)
    const response = await fetch(url, init)
    const text = await response.text()
    const ms = Math.round(performance.now() - from)
    const headers = [...response.headers].map(([name, value]) => name + ': ' + value).join('\\n')
    show(response.status + ' ' + response.statusText + ' in ' + ms + ' ms', !response.ok, headers, pretty(text))
  } catch (error) {
    const late = error.name === 'TimeoutError'
    show(late ? 'No answer within ' + timeoutMs / 1000 + ' s' : 'No answer: ' + error.message, true, '', '')
  } finally {
    button.disabled = false
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
`
