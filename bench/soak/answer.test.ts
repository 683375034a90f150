import { expect, test } from 'bun:test'
import { readAnswer } from './answer.ts'

const whole = [
  {
    name: 'content-length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
    body: 'abc',
    close: false,
  },
  {
    name: 'chunked',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
    body: 'abc',
    close: true,
  },
  {
    name: 'after an interim one',
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na',
    body: 'a',
    close: false,
  },
]

test.each(whole)('an answer is whole with its last byte: $name', ({ text, body, close }) => {
  for (let length = 0; length < text.length; length++) {
    expect(readAnswer(Buffer.from(text.slice(0, length)), false)).toBeUndefined()
  }
  const answer = readAnswer(Buffer.from(`${text}next`), false)
  expect(answer).toEqual({ status: 200, body: Buffer.from(body), close, bytes: text.length })
})

test('an answer to HEAD ends with its head', () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n'
  expect(readAnswer(Buffer.from(text), true)?.bytes).toBe(text.length)
})

test.each(['garbage\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\nnot a size\r\n'])('refuses %j', (text) => {
  expect(() => readAnswer(Buffer.from(text), false)).toThrow(/not a/)
})
