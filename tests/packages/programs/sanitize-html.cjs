const sanitizeHtml = require('sanitize-html');

exports.run = () => sanitizeHtml('<script>x</script><p style="color:red;evil:1" onclick=a>hi <a href="javascript:1">l</a><img src=x></p>', {
  allowedTags: sanitizeHtml.defaults.allowedTags.concat(['img']), allowedAttributes: { p: ['style'] }, allowedStyles: { '*': { color: [/^red$/] } },
});
