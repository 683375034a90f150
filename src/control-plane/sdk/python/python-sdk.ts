import type { ZipEntry } from '#base/zip.ts'
import { Names, snakeCase, wordsOf } from '../names.ts'
import { packageName, type PackageRules } from '../package-name.ts'
import { plainLine, pythonText, tomlText } from '../quoted.ts'
import { sourceOf } from '../script.ts'
import type { SdkApi, SdkOperation } from '../sdk-api.ts'
import { sdkFile } from '../sdk-file.ts'
import type { SdkParameters } from '../sdk-generators.ts'
import { pythonKeywords } from './keywords.ts'
import { pythonMethod } from './python-method.ts'
import { PythonTypes } from './python-type.ts'
import { pythonReadme } from './readme.ts'

const pypi: PackageRules = {
  name: /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  nameExample: 'pet-store',
  version: /^\d+(\.\d+)*((a|b|rc)\d+)?(\.post\d+)?(\.dev\d+)?$/,
  versionExample: '1.2.3 or 1.2.3rc1',
}

export interface NamedOperation {
  readonly name: string
  readonly operation: SdkOperation
}

/** What the module itself uses. */
const reserved: readonly string[] = `Answer ApiError BaseClient Client Credentials ParameterValue QueryValue
Any Callable Dict List Literal Mapping Optional TypedDict Union`.split(/\s+/)

/** A typed client as a Python package without dependencies. */
export function pythonSdk(api: SdkApi, parameters: SdkParameters): readonly ZipEntry[] {
  const { name, version } = packageName(api, parameters, pypi)
  const module = new Names(pythonKeywords).claim(snakeCase(wordsOf(name)))
  const methods = new Names(pythonKeywords)
  const operations = api.operations.map((operation): NamedOperation => {
    const words = operation.givenWords.length > 0 ? operation.givenWords : operation.pathWords
    return { name: methods.claim(snakeCase(words)), operation }
  })
  const project = `[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = ${tomlText(name)}
version = ${tomlText(version)}
description = ${tomlText(`Client of ${plainLine(api.name)}`)}
readme = "README.md"
requires-python = ">=3.9"

[tool.setuptools]
packages = [${tomlText(module)}]

[tool.setuptools.package-data]
${tomlText(module)} = ["py.typed"]
`
  return [
    sdkFile(`${name}/README.md`, pythonReadme(api, module, operations)),
    sdkFile(`${name}/pyproject.toml`, project),
    sdkFile(`${name}/${module}/__init__.py`, moduleText(api, operations)),
    sdkFile(`${name}/${module}/_client.py`, sourceOf('python/client.py')),
    // Tells type checkers that the package has types (PEP 561).
    sdkFile(`${name}/${module}/py.typed`, ''),
  ]
}

function moduleText(api: SdkApi, operations: readonly NamedOperation[]): string {
  const types = new PythonTypes(api.types, new Names(reserved))
  return `# A client of ${plainLine(api.name)}. Generated: changes are lost.

from __future__ import annotations

from typing import Any, Callable, Dict, List, Literal, Mapping, Optional, TypedDict, Union

from ._client import Answer, ApiError, BaseClient, Credentials, ParameterValue, QueryValue

${types.declarations.map((text) => `${text}\n`).join('')}
class Client(BaseClient):
    def __init__(
        self,
        *,
        invoke_url: str = ${pythonText(api.invokeUrl)},
        region: str = ${pythonText(api.region)},
        api_key: Optional[str] = None,
        credentials: Union[Credentials, Callable[[], Credentials], None] = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: float = 30,
    ) -> None:
        super().__init__(
            invoke_url=invoke_url,
            region=region,
            api_key=api_key,
            credentials=credentials,
            headers=headers,
            timeout=timeout,
        )
${operations.map(({ name, operation }) => `\n${pythonMethod(name, operation, types)}`).join('')}`
}
