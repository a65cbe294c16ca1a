import { computed, createSSRApp, defineComponent, h, ref } from 'vue';
import { renderToString } from '@vue/server-renderer';

// Templates are compiled to functions: needs eval.
const Child = defineComponent({ props: ['n'], template: '<i :class="{ a: n > 1 }">{{ n }}<slot/></i>' });
const Page = {
  components: { Child },
  setup() {
    const count = ref(2);
    return { count, double: computed(() => count.value * 2), list: ['<', 'b'] };
  },
  template: '<div><p v-for="x in list" :key="x" @click="z">{{ x }}</p><Child :n="double">s</Child><input v-model="count"></div>',
};
const Late = { async setup() { await new Promise((resolve) => { setTimeout(resolve, 2); }); return () => h('b', { id: 'q' }, ['t', h('br')]); } };

export const run = async () => [await renderToString(createSSRApp(Page)), await renderToString(createSSRApp(Late))];
