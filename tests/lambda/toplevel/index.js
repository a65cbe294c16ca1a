const name = process.env.AWS_LAMBDA_FUNCTION_NAME;

exports.handler = async () => name;
