// A NestJS application on Express. What TypeScript makes of decorators is written out: this file is run as it is.
import 'reflect-metadata'
import serverlessExpress from '@codegenie/serverless-express'
import {
  Controller,
  Get,
  HttpCode,
  HttpException,
  Module,
  Param,
  Post,
  Query,
  Redirect,
  Req,
  Res,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import { picture } from './picture.mjs'

class Pets {
  root() {
    return 'root'
  }
  one(id, tag) {
    return { id, tag }
  }
  create(request) {
    return { got: request.body }
  }
  header(request) {
    return { many: request.get('X-Many') }
  }
  picture(response) {
    response.type('image/png').send(picture)
  }
  bytes(request) {
    return { bytes: [...request.body] }
  }
  cookies(request, response) {
    response
      .cookie('a', '1', { path: '/' })
      .cookie('b', '2', { path: '/' })
      .json({ got: request.get('Cookie') })
  }
  moved() {}
  teapot() {
    throw new HttpException('short and stout', 418)
  }
  broken() {
    throw new Error('broken on purpose')
  }
}

/** Each method's decorators, and those of its parameters. */
const methods = {
  root: [[Get()], []],
  one: [[Get('pets/:id')], [Param('id'), Query('tag')]],
  create: [[Post('pets')], [Req()]],
  header: [[Get('header')], [Req()]],
  picture: [[Get('picture')], [Res()]],
  bytes: [[Post('bytes'), HttpCode(200)], [Req()]],
  cookies: [[Get('cookies')], [Req(), Res()]],
  moved: [[Get('moved'), Redirect('/elsewhere?a=b', 302)], []],
  teapot: [[Get('teapot')], []],
  broken: [[Get('broken')], []],
}
for (const [name, [decorators, parameters]] of Object.entries(methods)) {
  for (const decorate of decorators) {
    decorate(Pets.prototype, name, Object.getOwnPropertyDescriptor(Pets.prototype, name))
  }
  for (const [at, decorate] of parameters.entries()) decorate(Pets.prototype, name, at)
}
Controller()(Pets)

class App {}
Module({ controllers: [Pets] })(App)

let made

async function make() {
  const app = await NestFactory.create(App, { logger: false })
  app.use(express.raw({ type: 'application/octet-stream' }))
  await app.init()
  return serverlessExpress({ app: app.getHttpAdapter().getInstance() })
}

export async function handler(event, context) {
  made ??= make()
  return (await made)(event, context)
}
