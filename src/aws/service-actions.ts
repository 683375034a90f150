import { encodeText } from './canonical-request.ts'
import { targetedServices, untargetedServices } from './service-facts.ts'

/** A parameter of an action, by which the owner of an API says where its value comes from. */
export interface ActionParameter {
  readonly required: boolean
  /** On the wire. */
  readonly member: string
  readonly form: ValueForm
}

/** A request that is ready but for its host and its signature. */
export interface ActionRequest {
  readonly method: 'GET' | 'POST'
  /** Path and query, from the slash. */
  readonly target: string
  /** name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: string
}

/** A service action that HTTP APIs can be integrated with. */
export interface ServiceAction {
  /** As endpoints are looked up. */
  readonly service: string
  readonly parameters: Readonly<Record<string, ActionParameter>>
  /** @param values by parameter. @throws ActionValueError */
  readonly encode: (values: ReadonlyMap<string, string>) => ActionRequest
}

/** A value that its parameter cannot have. */
export class ActionValueError extends Error {
  constructor(parameter: string, value: string, expected: string) {
    const found = value.length > 100 ? `${value.slice(0, 100)}…` : value
    super(`${parameter}: found ${JSON.stringify(found)}, expected ${expected}`)
    this.name = 'ActionValueError'
  }
}

/** How texts, which is what mappings give, are read. */
const forms = {
  text: (value: string): string => value,
  /** A JSON list, or texts with commas between them. */
  list: (value: string, name: string): readonly string[] => {
    if (!/^\s*\[/.test(value)) return value.split(',').map((item) => item.trim())
    const list = jsonOf(value)
    if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list as string[]
    throw new ActionValueError(name, value, 'a JSON list of texts')
  },
  /** Attributes of a message: `{"name": {"DataType": "String", "StringValue": "value"}}`. */
  attributes: (value: string, name: string): Attributes => {
    const attributes = jsonOf(value)
    if (isObject(attributes) && Object.values(attributes).every(isAttribute)) return attributes as Attributes
    throw new ActionValueError(
      name,
      value,
      'an object such as {"name": {"DataType": "String", "StringValue": "value"}}',
    )
  },
  /** Seconds since 1970, from these or from a date of ISO 8601. */
  time: (value: string, name: string): number => {
    const seconds = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Date.parse(value) / 1000
    if (Number.isFinite(seconds)) return seconds
    throw new ActionValueError(name, value, 'a date such as 2026-01-31T12:00:00Z')
  },
} as const

type ValueForm = keyof typeof forms
type Attributes = Readonly<Record<string, Readonly<Record<string, string>>>>
type Parameters = ServiceAction['parameters']

/** The parameter of all actions that says where they are called. */
export const REGION_PARAMETER = 'Region'

/**
 * By integration subtype. Developer guide, "Integration subtype reference"; what goes on the wire is that of each
 * service's API reference.
 */
export const serviceActions: Readonly<Record<string, ServiceAction>> = {
  'EventBridge-PutEvents': json(
    'events',
    'PutEvents',
    {
      Detail: required('Detail'),
      DetailType: required('DetailType'),
      Source: required('Source'),
      Time: optional('Time', 'time'),
      EventBusName: optional('EventBusName'),
      Resources: optional('Resources', 'list'),
      TraceHeader: optional('TraceHeader'),
    },
    (entry) => ({ Entries: [entry] }),
  ),
  'SQS-SendMessage': form('SendMessage', {
    QueueUrl: required('QueueUrl'),
    MessageBody: required('MessageBody'),
    DelaySeconds: optional('DelaySeconds'),
    MessageAttributes: optional('MessageAttribute', 'attributes'),
    MessageDeduplicationId: optional('MessageDeduplicationId'),
    MessageGroupId: optional('MessageGroupId'),
    MessageSystemAttributes: optional('MessageSystemAttribute', 'attributes'),
  }),
  'SQS-ReceiveMessage': form('ReceiveMessage', {
    QueueUrl: required('QueueUrl'),
    AttributeNames: optional('AttributeName', 'list'),
    MaxNumberOfMessages: optional('MaxNumberOfMessages'),
    MessageAttributeNames: optional('MessageAttributeName', 'list'),
    ReceiveRequestAttemptId: optional('ReceiveRequestAttemptId'),
    VisibilityTimeout: optional('VisibilityTimeout'),
    WaitTimeSeconds: optional('WaitTimeSeconds'),
  }),
  'SQS-DeleteMessage': form('DeleteMessage', {
    ReceiptHandle: required('ReceiptHandle'),
    QueueUrl: required('QueueUrl'),
  }),
  'SQS-PurgeQueue': form('PurgeQueue', { QueueUrl: required('QueueUrl') }),
  'AppConfig-GetConfiguration': {
    service: 'appconfig',
    parameters: withRegion({
      Application: required('Application'),
      Environment: required('Environment'),
      Configuration: required('Configuration'),
      ClientId: required('client_id'),
      ClientConfigurationVersion: optional('client_configuration_version'),
    }),
    encode: encodeGetConfiguration,
  },
  // Data is base64, as the service's API has it.
  'Kinesis-PutRecord': json('kinesis', 'PutRecord', {
    StreamName: required('StreamName'),
    Data: required('Data'),
    PartitionKey: required('PartitionKey'),
    SequenceNumberForOrdering: optional('SequenceNumberForOrdering'),
    ExplicitHashKey: optional('ExplicitHashKey'),
  }),
  'StepFunctions-StartExecution': json('states', 'StartExecution', {
    StateMachineArn: required('stateMachineArn'),
    Name: optional('name'),
    Input: optional('input'),
  }),
  // Where the SDKs send it.
  'StepFunctions-StartSyncExecution': json('sync-states', 'StartSyncExecution', {
    StateMachineArn: required('stateMachineArn'),
    Name: optional('name'),
    Input: optional('input'),
    TraceHeader: optional('traceHeader'),
  }),
  'StepFunctions-StopExecution': json('states', 'StopExecution', {
    ExecutionArn: required('executionArn'),
    Cause: optional('cause'),
    Error: optional('error'),
  }),
}

function required(member: string, valueForm: ValueForm = 'text'): ActionParameter {
  return { required: true, member, form: valueForm }
}

function optional(member: string, valueForm: ValueForm = 'text'): ActionParameter {
  return { required: false, member, form: valueForm }
}

function withRegion(parameters: Parameters): Parameters {
  return { ...parameters, [REGION_PARAMETER]: optional(REGION_PARAMETER) }
}

type Given = readonly (readonly [member: string, value: ReturnType<(typeof forms)[ValueForm]>])[]

function read(parameters: Parameters, values: ReadonlyMap<string, string>): Given {
  return Object.entries(parameters).flatMap(([name, { member, form: valueForm }]) => {
    const value = values.get(name)
    return value === undefined ? [] : [[member, forms[valueForm](value, name)] as const]
  })
}

type Members = Readonly<Record<string, unknown>>

/** An action whose name is a header, and whose input is JSON. */
function json(
  service: string,
  action: string,
  parameters: Parameters,
  input: (members: Members) => Members = (members) => members,
): ServiceAction {
  const named = service.replace(/^sync-/, '')
  const protocol = targetedServices[named] ?? untargetedServices[named]
  if (protocol === undefined) throw new Error(`the protocol of ${service} is not known`)
  const { targetPrefix, version } = protocol
  const headers = [
    'X-Amz-Target',
    `${targetPrefix}.${action}`,
    'Content-Type',
    `application/x-amz-json-${version}`,
  ]
  return {
    service,
    parameters: withRegion(parameters),
    encode: (values) => {
      const members = Object.fromEntries(read(parameters, values))
      return { method: 'POST', target: '/', headers, body: JSON.stringify(input(members)) }
    },
  }
}

/** An action of SQS by its query protocol, whose answers are XML. */
function form(action: string, parameters: Parameters): ServiceAction {
  return {
    service: 'sqs',
    parameters: withRegion(parameters),
    encode: (values) => ({
      method: 'POST',
      target: '/',
      headers: ['Content-Type', 'application/x-www-form-urlencoded'],
      body: read(parameters, values)
        .flatMap(([member, value]) => fieldsOf(member, value))
        .reduce(
          (text, [name, value]) => `${text}&${name}=${encodeText(value)}`,
          `Action=${action}&Version=2012-11-05`,
        ),
    }),
  }
}

type Field = readonly [name: string, value: string]

/** Lists and maps are numbered from 1 (Amazon SQS developer guide, "Making query API requests"). */
function fieldsOf(member: string, value: Given[number][1]): Field[] {
  if (typeof value !== 'object') return [[member, String(value)]]
  if (Array.isArray(value)) return value.map((item, at): Field => [`${member}.${at + 1}`, item as string])
  return Object.entries(value as Attributes).flatMap(([name, attribute], at): Field[] => [
    [`${member}.${at + 1}.Name`, name],
    ...Object.entries(attribute).map(([part, text]): Field => [`${member}.${at + 1}.Value.${part}`, text]),
  ])
}

/** AWS AppConfig API reference, "GetConfiguration". */
function encodeGetConfiguration(values: ReadonlyMap<string, string>): ActionRequest {
  const segment = (name: string): string => {
    const value = values.get(name) ?? ''
    // Such segments are taken out of what is signed.
    if (/^\.{1,2}$/.test(value)) throw new ActionValueError(name, value, 'a name or an id')
    return encodeText(value)
  }
  const version = values.get('ClientConfigurationVersion')
  return {
    method: 'GET',
    target:
      `/applications/${segment('Application')}/environments/${segment('Environment')}` +
      `/configurations/${segment('Configuration')}?client_id=${encodeText(values.get('ClientId') ?? '')}` +
      (version === undefined ? '' : `&client_configuration_version=${encodeText(version)}`),
    headers: [],
    body: '',
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Names of parts go into names of fields. */
function isAttribute(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.entries(value).every(([part, text]) => /^[A-Za-z]+$/.test(part) && typeof text === 'string')
  )
}
