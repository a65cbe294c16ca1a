const region = process.env.AWS_REGION;

exports.handler = async () => region;
