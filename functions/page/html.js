// A template tag: values are text and are escaped, unless they come from the tag itself; lists are joined.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

class Markup {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

function shown(value) {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(shown).join('');
  return value === undefined || value === null ? '' : String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

exports.html = (strings, ...values) => new Markup(String.raw({ raw: strings }, ...values.map(shown)));
