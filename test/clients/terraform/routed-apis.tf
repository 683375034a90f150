# Every resource and data source that the provider has for HTTP and WebSocket APIs.

locals {
  backend   = "https://${var.colour}.backend.example"
  pool      = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abc123"
  log_group = "arn:aws:logs:us-east-1:000000000000:log-group:routed"
  invoked   = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:${var.colour}/invocations"
}

# An HTTP API that follows its changes.

resource "aws_apigatewayv2_api" "shop" {
  name          = "shop-${var.colour}"
  protocol_type = "HTTP"
  description   = "of ${var.colour} things"
  version       = local.red ? "1" : "2"
  tags          = { colour = var.colour }
  cors_configuration {
    allow_origins = ["https://${var.colour}.example"]
    allow_methods = ["GET", "POST"]
    allow_headers = ["authorization"]
    max_age       = local.red ? 60 : 120
  }
}

resource "aws_apigatewayv2_vpc_link" "inside" {
  name               = "inside-${var.colour}"
  subnet_ids         = ["subnet-a", "subnet-b"]
  security_group_ids = ["sg-a"]
  tags               = { colour = var.colour }
}

resource "aws_apigatewayv2_integration" "proxy" {
  api_id               = aws_apigatewayv2_api.shop.id
  integration_type     = "HTTP_PROXY"
  integration_method   = "GET"
  integration_uri      = local.backend
  timeout_milliseconds = local.red ? 5000 : 6000
  request_parameters   = local.red ? { "append:header.a" = "1" } : { "append:header.b" = "2" }
  response_parameters {
    # The provider cannot change the mappings of a status: it takes away what it has set.
    status_code = local.red ? "200" : "404"
    mappings    = { "overwrite:header.colour" = var.colour }
  }
}

resource "aws_apigatewayv2_integration" "private" {
  api_id             = aws_apigatewayv2_api.shop.id
  integration_type   = "HTTP_PROXY"
  integration_method = "ANY"
  integration_uri    = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/inside/50dc6c495c0c9188/0467ef3c8400ae65"
  connection_type    = "VPC_LINK"
  connection_id      = aws_apigatewayv2_vpc_link.inside.id
  tls_config {
    server_name_to_verify = "${var.colour}.internal.example"
  }
}

resource "aws_apigatewayv2_integration" "queue" {
  api_id              = aws_apigatewayv2_api.shop.id
  integration_type    = "AWS_PROXY"
  integration_subtype = "SQS-SendMessage"
  credentials_arn     = "arn:aws:iam::000000000000:role/queue"
  request_parameters = {
    QueueUrl    = "https://sqs.us-east-1.amazonaws.com/000000000000/${var.colour}"
    MessageBody = "$request.body.message"
  }
}

resource "aws_apigatewayv2_authorizer" "pool" {
  api_id           = aws_apigatewayv2_api.shop.id
  name             = "pool-${var.colour}"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  jwt_configuration {
    issuer   = local.pool
    audience = [var.colour]
  }
}

resource "aws_apigatewayv2_authorizer" "function" {
  api_id                            = aws_apigatewayv2_api.shop.id
  name                              = "function"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = local.invoked
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  identity_sources                  = ["$request.header.Authorization"]
  authorizer_result_ttl_in_seconds  = local.red ? 60 : 0
}

resource "aws_apigatewayv2_route" "things" {
  api_id               = aws_apigatewayv2_api.shop.id
  route_key            = "GET /things/{id}"
  target               = "integrations/${aws_apigatewayv2_integration.proxy.id}"
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.pool.id
  authorization_scopes = local.red ? ["read"] : ["read", "write"]
  operation_name       = "GetThing"
}

resource "aws_apigatewayv2_route" "rest" {
  api_id    = aws_apigatewayv2_api.shop.id
  route_key = local.red ? "ANY /{proxy+}" : "$default"
  target    = "integrations/${aws_apigatewayv2_integration.private.id}"
}

resource "aws_apigatewayv2_stage" "shop" {
  api_id          = aws_apigatewayv2_api.shop.id
  name            = "$default"
  auto_deploy     = true
  description     = var.colour
  stage_variables = local.red ? { backend = "red", both = "1" } : { other = "blue", both = "2" }
  tags            = { colour = var.colour }
  default_route_settings {
    detailed_metrics_enabled = local.red
    throttling_burst_limit   = local.red ? 10 : 20
    throttling_rate_limit    = 100
  }
  dynamic "route_settings" {
    for_each = local.red ? [aws_apigatewayv2_route.things.route_key] : []
    content {
      route_key              = route_settings.value
      throttling_burst_limit = 5
      throttling_rate_limit  = 50
    }
  }
  dynamic "access_log_settings" {
    for_each = local.red ? [1] : []
    content {
      destination_arn = local.log_group
      format          = "$context.requestId $context.status"
    }
  }
}

resource "aws_apigatewayv2_stage" "by_hand" {
  api_id        = aws_apigatewayv2_api.shop.id
  name          = "prod"
  deployment_id = aws_apigatewayv2_deployment.shop.id
}

resource "aws_apigatewayv2_deployment" "shop" {
  api_id      = aws_apigatewayv2_api.shop.id
  description = "the ${var.colour} one"
  depends_on  = [aws_apigatewayv2_route.things]
  triggers    = { colour = var.colour }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_apigatewayv2_api" "quick" {
  name          = "quick"
  protocol_type = "HTTP"
  target        = local.backend
}

resource "aws_apigatewayv2_domain_name" "shop" {
  domain_name = "routed.shop.example"
  tags        = { colour = var.colour }
  domain_name_configuration {
    certificate_arn = local.red ? "arn:aws:acm:us-east-1:000000000000:certificate/red" : "arn:aws:acm:us-east-1:000000000000:certificate/blue"
    endpoint_type   = "REGIONAL"
    security_policy = "TLS_1_2"
  }
}

resource "aws_apigatewayv2_api_mapping" "shop" {
  api_id          = aws_apigatewayv2_api.shop.id
  domain_name     = aws_apigatewayv2_domain_name.shop.id
  stage           = local.red ? aws_apigatewayv2_stage.shop.id : aws_apigatewayv2_stage.by_hand.id
  api_mapping_key = "v1/${var.colour}"
}

data "aws_apigatewayv2_api" "shop" {
  api_id = aws_apigatewayv2_api.shop.id
}

data "aws_apigatewayv2_apis" "http" {
  protocol_type = "HTTP"
  depends_on    = [aws_apigatewayv2_api.shop]
}

data "aws_apigatewayv2_vpc_link" "inside" {
  vpc_link_id = aws_apigatewayv2_vpc_link.inside.id
}

# An HTTP API out of a document, and as a document again.

resource "aws_apigatewayv2_api" "written" {
  name             = "written-${var.colour}"
  protocol_type    = "HTTP"
  fail_on_warnings = true
  tags             = { colour = var.colour }
  cors_configuration {
    allow_origins = ["https://${var.colour}.example"]
  }
  body = jsonencode({
    openapi = "3.0.1"
    info    = { title = "written-${var.colour}", version = "1" }
    paths = {
      "/${var.colour}/{id}" = {
        get = {
          operationId = var.colour
          security    = [{ pool = [] }]
          "x-amazon-apigateway-integration" = {
            type                 = "http_proxy"
            httpMethod           = "GET"
            uri                  = local.backend
            payloadFormatVersion = "1.0"
          }
        }
      }
      "/$default" = {
        "x-amazon-apigateway-any-method" = {
          isDefaultRoute = true
          "x-amazon-apigateway-integration" = {
            type                 = "aws_proxy"
            httpMethod           = "POST"
            uri                  = local.invoked
            payloadFormatVersion = "2.0"
          }
        }
      }
    }
    components = {
      securitySchemes = {
        pool = {
          type = "oauth2"
          "x-amazon-apigateway-authorizer" = {
            type             = "jwt"
            identitySource   = "$request.header.Authorization"
            jwtConfiguration = { issuer = local.pool, audience = [var.colour] }
          }
        }
      }
    }
    "x-amazon-apigateway-cors" = { allowOrigins = ["https://${var.colour}.example"] }
  })
  version = "1"
}

data "aws_apigatewayv2_export" "written" {
  api_id        = aws_apigatewayv2_api.written.id
  specification = "OAS30"
  output_type   = "JSON"
}

output "written" {
  value = data.aws_apigatewayv2_export.written.body
}

# A WebSocket API.

resource "aws_apigatewayv2_api" "chat" {
  name                       = "chat"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = local.red ? "$request.body.action" : "$request.body.kind"
}

resource "aws_apigatewayv2_model" "message" {
  api_id       = aws_apigatewayv2_api.chat.id
  name         = "Message"
  content_type = "application/json"
  schema       = jsonencode({ type = "object", title = var.colour })
}

resource "aws_apigatewayv2_authorizer" "chat" {
  api_id           = aws_apigatewayv2_api.chat.id
  name             = "chat"
  authorizer_type  = "REQUEST"
  authorizer_uri   = local.invoked
  identity_sources = ["route.request.header.${var.colour}"]
}

resource "aws_apigatewayv2_integration" "chat" {
  api_id                        = aws_apigatewayv2_api.chat.id
  integration_type              = "MOCK"
  content_handling_strategy     = "CONVERT_TO_TEXT"
  passthrough_behavior          = local.red ? "WHEN_NO_MATCH" : "NEVER"
  template_selection_expression = "\\$default"
  request_templates             = { "$default" = jsonencode({ statusCode = 200, colour = var.colour }) }
}

resource "aws_apigatewayv2_integration_response" "chat" {
  api_id                   = aws_apigatewayv2_api.chat.id
  integration_id           = aws_apigatewayv2_integration.chat.id
  integration_response_key = "/200/"
  response_templates       = { "$default" = var.colour }
}

resource "aws_apigatewayv2_route" "connect" {
  api_id             = aws_apigatewayv2_api.chat.id
  route_key          = "$connect"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.chat.id
  target             = "integrations/${aws_apigatewayv2_integration.chat.id}"
}

resource "aws_apigatewayv2_route" "message" {
  api_id                              = aws_apigatewayv2_api.chat.id
  route_key                           = "message"
  target                              = "integrations/${aws_apigatewayv2_integration.chat.id}"
  route_response_selection_expression = "$default"
  model_selection_expression          = "action"
  request_models                      = { action = aws_apigatewayv2_model.message.name }
}

resource "aws_apigatewayv2_route_response" "message" {
  api_id             = aws_apigatewayv2_api.chat.id
  route_id           = aws_apigatewayv2_route.message.id
  route_response_key = "$default"
}

resource "aws_apigatewayv2_deployment" "chat" {
  api_id     = aws_apigatewayv2_api.chat.id
  depends_on = [aws_apigatewayv2_route.message, aws_apigatewayv2_route.connect]
  triggers   = { colour = var.colour }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_apigatewayv2_stage" "chat" {
  api_id        = aws_apigatewayv2_api.chat.id
  name          = "prod"
  deployment_id = aws_apigatewayv2_deployment.chat.id
  default_route_settings {
    logging_level      = local.red ? "ERROR" : "INFO"
    data_trace_enabled = local.red
  }
}
