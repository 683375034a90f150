# Users, groups, roles and policies, as a project has them beside its APIs.
resource "aws_iam_user" "ann" {
  name = "ann"
  path = "/staff/"
  tags = { colour = var.colour }
}

resource "aws_iam_access_key" "ann" {
  user = aws_iam_user.ann.name
}

resource "aws_iam_group" "readers" {
  name = "readers"
}

resource "aws_iam_user_group_membership" "ann" {
  user   = aws_iam_user.ann.name
  groups = [aws_iam_group.readers.name]
}

resource "aws_iam_policy" "invoke" {
  name        = "invoke"
  description = "calls methods"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "execute-api:Invoke"
      Resource = local.red ? "*" : "arn:aws:execute-api:*:*:*/*/GET/*"
    }]
  })
}

resource "aws_iam_user_policy_attachment" "ann" {
  user       = aws_iam_user.ann.name
  policy_arn = aws_iam_policy.invoke.arn
}

resource "aws_iam_group_policy_attachment" "readers" {
  group      = aws_iam_group.readers.name
  policy_arn = aws_iam_policy.invoke.arn
}

resource "aws_iam_group_policy" "readers" {
  name   = "inline"
  group  = aws_iam_group.readers.name
  policy = aws_iam_policy.invoke.policy
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name                 = "function"
  description          = var.colour
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = local.red ? 3600 : 7200
  permissions_boundary = local.red ? aws_iam_policy.invoke.arn : null
  tags                 = { colour = var.colour }
}

resource "aws_iam_role_policy" "function" {
  name   = "inline"
  role   = aws_iam_role.function.id
  policy = aws_iam_policy.invoke.policy
}

resource "aws_iam_role_policy_attachment" "function" {
  role       = aws_iam_role.function.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

data "aws_iam_role" "function" {
  name = aws_iam_role.function.name
}

data "aws_iam_policy" "logs" {
  arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

data "aws_caller_identity" "me" {}
