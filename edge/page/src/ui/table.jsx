// A table of any number of rows, of which only those are in the document that can be seen.

import { useEffect, useId, useLayoutEffect, useState } from "preact/hooks";
import { useNarrow, useSize } from "../core/hooks.js";

const BEYOND = 8; // rows above and below what is seen, so that scrolling shows no gaps

/**
 * `columns` are {name, title, cell(row), width, narrow?, kind, sort?}: `narrow` is the width in a narrow window, null when
 * there is no room for it then.  Arrows, Home, End and Page keys move, Enter opens.
 *
 * `at(index)` gives a row, `keyOf(row, index)` what it is known by.  With `follow`, the end stays in sight until somebody
 * scrolls away from it; `onFollow` hears of that.
 */
export function VirtualTable({ label, columns: all, count, at, keyOf, onOpen, height = 38, follow = false, onFollow, order, onOrder, selected, dense = false }) {
  const [box, size] = useSize();
  const prefix = useId();
  const [top, setTop] = useState(0);
  const [active, setActive] = useState(-1);
  const isNarrow = useNarrow();
  const columns = isNarrow ? all.filter(({ narrow }) => narrow !== null) : all;
  const first = Math.max(0, Math.min(Math.floor(top / height), count) - BEYOND);
  const last = Math.min(count, Math.ceil((top + (size.height || 600)) / height) + BEYOND);
  const template = columns.map(({ width, narrow }) => (isNarrow && narrow) || width || "minmax(0, 1fr)").join(" ");

  useLayoutEffect(() => {
    if (follow) box.current.scrollTop = count * height;
  });
  useEffect(() => {
    if (active >= count) setActive(count - 1);
  }, [count]);

  const scrolled = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    setTop(scrollTop);
    const atEnd = scrollHeight - scrollTop - clientHeight < height;
    if (onFollow && atEnd !== follow) onFollow(atEnd);
  };
  const show = (index) => {
    const element = box.current;
    if (index * height < element.scrollTop) element.scrollTop = index * height;
    else if ((index + 1) * height > element.scrollTop + element.clientHeight) element.scrollTop = (index + 1) * height - element.clientHeight;
  };
  const key = (event) => {
    if (event.target !== box.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(size.height / height) - 1);
    const to = { ArrowDown: active + 1, j: active + 1, ArrowUp: active - 1, k: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: count - 1 }[event.key];
    if (to !== undefined && count > 0) {
      const next = Math.max(0, Math.min(count - 1, to));
      if (onFollow && follow && next < count - 1) onFollow(false);
      setActive(next);
      show(next);
      event.preventDefault();
    } else if (event.key === "Enter" && active >= 0 && onOpen) {
      onOpen(at(active), active);
      event.preventDefault();
    }
  };
  const rows = [];
  for (let index = first; index < last; index += 1) {
    const row = at(index);
    if (row === undefined) continue;
    const id = keyOf(row, index);
    rows.push(
      <div
        key={id}
        id={`${prefix}-${index}`}
        role="row"
        aria-rowindex={index + 2}
        class={`vrow ${index === active ? "active" : ""} ${selected !== undefined && selected === id ? "selected" : ""} ${onOpen ? "opens" : ""}`}
        style={{ transform: `translateY(${index * height}px)`, height: `${height}px`, gridTemplateColumns: template }}
        onClick={(event) => {
          setActive(index);
          if (onOpen && !event.target.closest("a, button, input")) onOpen(row, index);
        }}
      >
        {columns.map(({ name, cell, kind = "" }) => <div key={name} role="cell" class={`vcell ${kind}`}>{cell(row, index)}</div>)}
      </div>,
    );
  }
  return (
    <div class={`vtable ${dense ? "dense" : ""}`} role="table" aria-label={label} aria-rowcount={count + 1}>
      <div role="rowgroup" class="vhead">
        <div role="row" class="vrow head" style={{ gridTemplateColumns: template }}>
          {columns.map((column) => <Head key={column.name} column={column} order={order} onOrder={onOrder} />)}
        </div>
      </div>
      <div
        ref={box}
        role="rowgroup"
        class="vbody"
        tabIndex={0}
        aria-label={`${label}, rows`}
        aria-activedescendant={active >= first && active < last ? `${prefix}-${active}` : undefined}
        onScroll={scrolled}
        onKeyDown={key}
        onFocus={(event) => {
          if (event.target === box.current && active < 0 && count > 0 && !follow) setActive(first === 0 ? 0 : first + BEYOND);
        }}
      >
        <div role="presentation" style={{ height: `${count * height}px` }}>{rows}</div>
      </div>
    </div>
  );
}

function Head({ column: { name, title = name, kind = "", sort }, order, onOrder }) {
  const own = order?.name === name;
  const sorted = own ? (order.down ? "descending" : "ascending") : undefined;
  return (
    <div role="columnheader" class={`vcell ${kind}`} aria-sort={sorted}>
      {sort && onOrder ? (
        <button type="button" class="sort" onClick={() => onOrder({ name, down: own ? !order.down : Boolean(sort.down) })}>
          {title}<span aria-hidden="true" class="arrow">{own ? (order.down ? "↓" : "↑") : ""}</span>
        </button>
      ) : title}
    </div>
  );
}

/** `rows` in the order that a header of `columns` asks for. */
export function sorted(rows, columns, order) {
  const by = columns.find(({ name }) => name === order?.name)?.sort?.by;
  if (!by) return rows;
  const sign = order.down ? -1 : 1;
  return rows
    .map((row) => [by(row), row])
    .sort(([a], [b]) => (typeof a === "string" ? sign * a.localeCompare(b) : sign * ((a ?? -Infinity) - (b ?? -Infinity)) || 0))
    .map(([, row]) => row);
}
