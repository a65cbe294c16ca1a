import { enableMapSet, enablePatches, produceWithPatches } from 'immer';

enablePatches();
enableMapSet();

export function run() {
  const before = { list: [1, { b: 2 }], map: new Map([['k', 1]]) };
  const [after, patches, inverse] = produceWithPatches(before, (draft) => {
    draft.list[1].b = 5;
    draft.list.push(9);
    draft.map.set('z', 3);
  });
  return [after, patches, inverse, before.list.length, Object.isFrozen(after.list)];
}
