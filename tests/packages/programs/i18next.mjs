import i18next from 'i18next';

const resources = { en: { translation: { hello: 'Hello {{name}}', item_one: '{{count}} item', item_other: '{{count}} items' } }, de: { translation: { hello: 'Hallo {{name}}' } } };

export async function run() {
  await i18next.init({ lng: 'de', fallbackLng: 'en', resources });
  return [i18next.t('hello', { name: '<A>' }), i18next.t('item', { count: 3, lng: 'en' }), i18next.t('item', { count: 1 }), i18next.t('none')];
}
