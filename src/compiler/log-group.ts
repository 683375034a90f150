const GROUP = /^arn:aws[\w-]*:logs:[\w-]+:\d{12}:log-group:([A-Za-z0-9_./#-]{1,512})(?::\*)?$/
/** Developer guide, "Log API calls to Amazon Data Firehose": no other name is taken. */
const STREAM =
  /^arn:aws[\w-]*:firehose:[\w-]+:\d{12}:deliverystream\/(amazon-apigateway-[A-Za-z0-9_.-]{1,64})$/

/**
 * The name of the log to which an access log's destination leads: the log group's, or the Firehose stream's; undefined
 * when it is neither. API reference, Stage, `accessLogSettings`.
 */
export function logGroupOf(destinationArn: string): string | undefined {
  return (GROUP.exec(destinationArn) ?? STREAM.exec(destinationArn))?.[1]
}
