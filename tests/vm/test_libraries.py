"""The libraries of edge.vm, each by its name."""

from __future__ import annotations

import pytest
import trio

from edge.vm import (
    VM,
    CodeBaseLibrary,
    CodeModule,
    ConsoleLibrary,
    HostFunction,
    InjectLibrary,
    IpcLibrary,
    IpcRxLibrary,
    JavaScriptError,
    Library,
    LibraryGroup,
    MeasureLibrary,
    MeasureMasterLibrary,
    NoFunctionError,
    ThreadLibrary,
    TimingLibrary,
    VMError,
    VMTimeoutError,
    VMUnresponsiveError,
)


def vm_with(*libraries, **options):
    return VM(libraries, **{"mode": "embedded", **options})


# -- without any


async def test_a_vm_without_libraries_has_ecmascript_and_nothing_else():
    """No console, timers, network, require, or WebAssembly; and of ours nothing that can be named."""
    ours = "console setTimeout fetch require process Buffer WebAssembly global __edge __edge_extras queueMicrotask URL"
    async with vm_with() as vm:
        assert await vm.run(f"return '{ours}'.split(' ').filter((name) => name in globalThis)") == []
        names = await vm.run("return Object.getOwnPropertyNames(globalThis)")
    assert {"Object", "Promise", "Atomics", "Intl", "Temporal"} - set(names) <= {"Temporal"}
    assert [name for name in names if name.startswith("_") or "edge" in name.lower()] == []


@pytest.mark.parametrize(
    "make", [ConsoleLibrary, IpcLibrary, MeasureLibrary, CodeBaseLibrary, ThreadLibrary, lambda: LibraryGroup([])]
)
async def test_with_any_library_the_global_object_is_global_too(make):
    """As programs for Node have it; it is an ordinary name that code may use for something else."""
    async with vm_with(make()) as vm:
        assert await vm.run("global.count = 1; return [global === globalThis, count, Object.keys(globalThis)]") == [
            True,
            1,
            await vm.run("return Object.keys(globalThis)"),
        ]
        assert await vm.run("const global = 2; return global") == 2
    async with vm_with(InjectLibrary({"global": "mine"})) as vm:
        assert await vm.run("return global") == "mine"


async def test_webassembly_comes_when_it_is_asked_for():
    """It is no part of ECMAScript."""
    async with vm_with(webassembly=True) as vm:
        assert await vm.run("return typeof WebAssembly.instantiate") == "function"


# -- ConsoleLibrary


async def test_console_library_gives_the_writer_level_and_values():
    """Values cross as values; what cannot is there as text."""
    lines = []
    async with vm_with(ConsoleLibrary(lambda *line: lines.append(line))) as vm:
        await vm.run(
            "console.log('a', 1, { b: [null] }); console.info(1); console.warn(2); console.error(3); console.debug(4);"
            "const loop = {}; loop.loop = loop;"
            "console.log(() => 1, function named() {}, Symbol('s'), loop, Promise.resolve());"
            "console.assert(true, 'no'); console.assert(false, 'yes');"
            "console.count(); console.count(); console.dir({ x: 1 });"
        )
        await vm.ping()
    assert lines[:5] == [("log", "a", 1, {"b": [None]}), ("info", 1), ("warn", 2), ("error", 3), ("debug", 4)]
    assert lines[5] == (
        "log",
        "[Function: ]",
        "[Function: named]",
        "Symbol(s)",
        {"loop": "[object Object]"},
        "[object Promise]",
    )
    assert lines[6:] == [
        ("error", "Assertion failed", "yes"),
        ("info", "default: 1"),
        ("info", "default: 2"),
        ("log", {"x": 1}),
    ]


async def test_console_library_bounds_what_one_turn_writes():
    """A loop cannot fill the host's memory."""
    lines = []
    async with vm_with(ConsoleLibrary(lambda *line: lines.append(line))) as vm:
        await vm.run("for (let i = 0; i < 20_000; i++) console.log(i)")
        await vm.ping()
    assert len(lines) == 10_000


async def test_an_error_of_the_writer_goes_to_on_error():
    """The VM's code does not see it."""
    told = []

    def writer(*_line):
        raise OSError("disk full")

    async with vm_with(ConsoleLibrary(writer), on_error=told.append) as vm:
        assert await vm.run("console.log(1); return 2") == 2
        await vm.ping()
    assert [str(error) for error in told] == ["disk full"]


# -- InjectLibrary


async def test_inject_library_injects_values_and_functions():
    """Functions answer at once; `async def` ones give promises."""

    async def later(x):
        await trio.lowlevel.checkpoint()
        return x + 1

    inject = InjectLibrary(
        {"API_URL": "https://x", "config": {"retries": 3}, "double": lambda x: x * 2, "later": later}
    )
    async with vm_with(inject) as vm:
        code = "return [API_URL, config.retries, double(21), later(1) instanceof Promise, await later(1)]"
        assert await vm.run(code) == ["https://x", 3, 42, True, 2]


async def test_what_a_copy_is_changed_to_stays_in_the_vm():
    """Values are copied."""
    shared = {"list": [1]}
    async with vm_with(InjectLibrary({"shared": shared})) as vm:
        assert await vm.run("shared.list.push(2); return shared.list") == [1, 2]
    assert shared == {"list": [1]}


async def test_an_exception_of_an_injected_function_is_thrown_where_it_is_called():
    """With its class's name, its message, and nothing of the host's stack."""

    def refuse():
        raise PermissionError("not yours")

    async with vm_with(InjectLibrary({"refuse": refuse})) as vm:
        caught = await vm.run("try { refuse() } catch (error) { return [error.name, error.message, error.stack] }")
    assert caught[:2] == ["PermissionError", "not yours"]
    assert __file__ not in caught[2]


# -- IpcRxLibrary


async def test_ipc_rx_library_calls_run_side_by_side():
    """Each `async def` is a task of its own."""
    arrived = []
    both = trio.Event()

    async def meet(name):
        arrived.append(name)
        if len(arrived) == 2:
            both.set()
        await both.wait()
        return name

    async with vm_with(IpcRxLibrary({"meet": meet})) as vm:
        assert await vm.run("return Promise.all([meet('a'), meet('b')])") == ["a", "b"]


async def test_ipc_rx_library_errors_cross_with_type_and_message():
    """Those that both sides know are of their class."""

    async def wrong(kind):
        await trio.lowlevel.checkpoint()
        raise {"type": TypeError, "value": ValueError, "key": KeyError}[kind]("what")

    code = """
      const seen = [];
      for (const kind of ['type', 'value', 'key']) {
        try { await wrong(kind) } catch (error) {
          seen.push([error.name, error.message, error instanceof TypeError, error instanceof Error]);
        }
      }
      return seen;
    """
    async with vm_with(IpcRxLibrary({"wrong": wrong})) as vm:
        assert await vm.run(code) == [
            ["TypeError", "what", True, True],
            ["ValueError", "what", False, True],
            ["KeyError", "'what'", False, True],
        ]


async def test_ipc_rx_library_results_that_cannot_cross_reject_the_promise():
    """The message says where."""
    async with vm_with(IpcRxLibrary({"odd": lambda: {"a": [object()]}})) as vm:
        with pytest.raises(JavaScriptError, match=r"TypeError: the value at \['a'\]\[0\] cannot cross"):
            await vm.run("await odd()")


async def test_ipc_rx_library_has_a_deadline_for_each_call():
    """The function is cancelled, and the promise rejected."""
    cancelled = trio.Event()

    async def hang():
        try:
            await trio.sleep_forever()
        finally:
            cancelled.set()

    async with vm_with(IpcRxLibrary({"hang": hang}, timeout=0.01)) as vm:
        with pytest.raises(JavaScriptError, match="TooSlowError"):
            await vm.run("await hang()")
        await cancelled.wait()


async def test_too_many_host_calls_at_once_are_refused():
    """A thousand wait; one more is a RangeError."""
    async with vm_with(IpcRxLibrary({"hang": trio.sleep_forever})) as vm:
        code = "for (let i = 0; i < 1000; i++) hang(); try { await hang() } catch (error) { return error.message }"
        assert "at most 1000" in await vm.run(code)


# -- IpcLibrary


async def test_ipc_library_calls_functions_of_the_vm():
    """By the names under which the code returned them; plain functions too."""
    ipc = IpcLibrary()
    async with vm_with(ipc) as vm:
        await vm.run("return { add: async (a, b) => a + b, plain: (x) => [x], answer: 42 }")
        assert await ipc.call("add", [2, 3]) == 5
        assert await ipc.call("plain", [1]) == [1]
        with pytest.raises(NoFunctionError, match="no function 'answer'"):
            await ipc.call("answer", [])


async def test_ipc_library_raises_what_the_function_throws():
    """With the error's own properties."""
    ipc = IpcLibrary()
    async with vm_with(ipc) as vm:
        await vm.run(
            "return { main() { throw Object.assign(new RangeError('far'), { code: 'E_FAR', at: { x: 1 } }) } }"
        )
        with pytest.raises(JavaScriptError) as caught:
            await ipc.call("main", [])
    error = caught.value
    assert (error.name, error.message, error.properties) == ("RangeError", "far", {"code": "E_FAR", "at": {"x": 1}})


async def test_ipc_library_has_a_timeout_and_the_vm_goes_on():
    """Code that awaits is left alone; only nobody waits for it any more."""
    ipc = IpcLibrary(timeout=0.02)
    async with vm_with(ipc) as vm:
        await vm.run("return { hang: () => new Promise(() => {}), ok: () => 1 }")
        with pytest.raises(VMTimeoutError, match=r"hang\(\) did not finish within 0.02 s"):
            await ipc.call("hang")
        assert await ipc.call("ok") == 1


# -- TimingLibrary


async def test_timing_library_has_timeouts_and_intervals():
    """In the order in which they are due."""
    lines = []
    async with vm_with(TimingLibrary(), IpcRxLibrary({"note": lines.append})) as vm:
        await vm.run("""
          setTimeout((...args) => note(args), 20, 'late', 1);
          const cleared = setTimeout(() => note('never'), 5);
          clearTimeout(cleared);
          let count = 0;
          await new Promise((resolve) => {
            const id = setInterval(() => { note(++count); if (count === 3) { clearInterval(id); resolve() } }, 1);
          });
          await new Promise((resolve) => setTimeout(resolve, 30));
        """)
    assert lines == [1, 2, 3, ["late", 1]]


async def test_timing_library_limits_the_number_of_timers():
    """One that has fired, or is cleared, makes room."""
    async with vm_with(TimingLibrary(limit_count=2)) as vm:
        code = """
          const first = setTimeout(() => {}, 10_000);
          setInterval(() => {}, 10_000);
          let refused;
          try { setTimeout(() => {}, 1) } catch (error) { refused = [error.name, error.message] }
          clearTimeout(first);
          await new Promise((resolve) => setTimeout(resolve, 1));
          return refused;
        """
        assert await vm.run(code) == ["RangeError", "too many timers at once (at most 2)"]


async def test_an_error_in_a_timer_goes_to_on_error():
    """And the other timers fire."""
    told = []
    async with vm_with(TimingLibrary(), on_error=told.append) as vm:
        await vm.run(
            "setTimeout(() => { throw new Error('in a timer') }, 1); await new Promise((r) => setTimeout(r, 3))"
        )
    assert [error.message for error in told] == ["in a timer"]


# -- MeasureLibrary


async def test_measure_library_pings_and_tells_usage():
    """From the host, and from the VM's code by `__ping()`."""
    measure = MeasureLibrary()
    assert measure.get_response_time() == 0.0
    async with vm_with(measure, memory_limit="32MiB") as vm:
        await vm.run("__ping()")
        measure.ping()
        stats = await measure.get_usage_stats()
    assert 0 < stats.response_time < 5
    assert stats.response_time == measure.get_response_time()
    assert stats.total_memory == 32 * 1024 * 1024
    assert 0 < stats.used_memory < stats.total_memory
    assert stats.memory_used_percentage == pytest.approx(100 * stats.used_memory / stats.total_memory)


async def test_measure_library_stops_a_vm_that_does_not_answer():
    """The panic stop: who waits hears of it, and on_catastrophic_error."""
    told, gone = [], []
    measure = MeasureLibrary(response_time_limit=0.1, interval=0.02, on_dispose=lambda: gone.append(1))
    async with vm_with(measure, on_catastrophic_error=told.append) as vm:
        with pytest.raises(VMUnresponsiveError, match=r"did not answer within 0\.1 s"):
            await vm.run("for (;;);")
        assert vm.is_disposed
    assert [type(error) for error in told] == [VMUnresponsiveError]
    assert gone == [1]


# -- MeasureMasterLibrary


async def test_measure_master_library_measures_several_vms():
    """Itself when it is given to a VM, and each that one of its libraries is given to."""
    master = MeasureMasterLibrary(response_time_limit=5)
    async with vm_with(master) as _, vm_with(master.get_new_library("worker"), memory_limit="32MiB") as worker:
        await master.ping_all()
        overall = await master.get_overall_usage_stats()
        combined = await master.get_combined_stats()
        assert list(overall.nested) == ["worker"]
        assert overall.nested["worker"].total_memory == 32 * 1024 * 1024
        assert combined.managed_count == 2
        assert combined.total_memory == 96 * 1024 * 1024
        assert 0 < combined.response_average_time <= combined.response_time
        worker.dispose()
        assert (await master.get_combined_stats()).managed_count == 1
    assert (await master.get_combined_stats()).managed_count == 0


# -- CodeBaseLibrary


def project(**files):
    code_base = CodeBaseLibrary()
    for path, text in files.items():
        code_base.get_fs().write_text(path, text)
    return code_base


async def test_code_base_library_runs_the_entry_file():
    """`run()` without code; what it exports can be called."""
    code_base = CodeBaseLibrary()
    fs = code_base.get_fs()
    fs.mkdir("/src")
    fs.write_text("/src/utils.js", "exports.multiply = (a, b) => a * b")
    fs.write_text(
        "/src/main.js", "const { multiply } = require('./utils'); module.exports = { main: async () => multiply(4, 7) }"
    )
    code_base.set_entry_file("/src/main.js")
    async with vm_with(code_base) as vm:
        await vm.run()
        assert await vm.call("main") == 28


async def test_without_an_entry_file_there_is_nothing_to_run():
    """The error says what to do."""
    async with vm_with(CodeBaseLibrary()) as vm:
        with pytest.raises(VMError, match="an entry file"):
            await vm.run()


async def test_code_base_library_shares_its_files_with_the_vm():
    """What either side writes the other one sees at once."""
    code_base = project(**{"/in.txt": "héllo"})
    async with vm_with(code_base) as vm:
        await vm.run("""
          const fs = require('fs/promises');
          await fs.mkdir('/out/deep', { recursive: true });
          await fs.writeFile('/out/deep/a.txt', (await fs.readFile('/in.txt', 'utf-8')).toUpperCase());
          await fs.writeFile('/out/bytes', new Uint8Array([0, 255]));
        """)
        assert code_base.get_fs().read_text("/out/deep/a.txt") == "HÉLLO"
        assert code_base.get_fs().read_bytes("/out/bytes") == b"\x00\xff"
        code_base.get_fs().write_text("/later.txt", "x")
        assert await vm.run("return require('node:fs').readFileSync('/later.txt', 'utf8')") == "x"


async def test_code_base_library_limits_size_and_count():
    """As a full disk: ENOSPC."""
    code_base = CodeBaseLibrary(max_memfs_size=100_000, max_file_count=5)
    async with vm_with(code_base) as vm:
        code = """
          const fs = require('fs');
          const codes = [];
          try { fs.writeFileSync('/big', 'x'.repeat(200_000)) } catch (error) { codes.push(error.code) }
          try { for (let i = 0; i < 10; i++) fs.writeFileSync(`/${i}`, '') } catch (error) { codes.push(error.code) }
          return [codes, fs.readdirSync('/').length];
        """
        assert await vm.run(code) == [["ENOSPC", "ENOSPC"], 5]


async def test_read_only_files_cannot_be_changed_by_the_code():
    """Neither written, moved, nor removed with their folder."""
    code_base = CodeBaseLibrary()
    fs = code_base.get_fs()
    fs.mkdir("/core")
    fs.write_text("/core/a.js", "exports.x = 1", read_only=True)
    async with vm_with(code_base) as vm:
        code = """
          const fs = require('fs');
          const seen = [];
          const attempts = [
            () => fs.writeFileSync('/core/a.js', ''), () => fs.appendFileSync('/core/a.js', ''),
            () => fs.unlinkSync('/core/a.js'), () => fs.rmSync('/core', { recursive: true }),
            () => fs.renameSync('/core', '/x'), () => fs.copyFileSync('/core/a.js', '/core/../core/a.js'),
          ];
          for (const attempt of attempts) try { attempt(); seen.push('done') } catch (error) { seen.push(error.code) }
          return seen;
        """
        assert await vm.run(code) == ["EROFS"] * 6
    assert fs.read_text("/core/a.js") == "exports.x = 1"


async def test_code_base_library_loads_added_and_resolved_modules():
    """The resolver is asked first; it may be `async def`."""
    asked = []

    async def resolver(name):
        await trio.lowlevel.checkpoint()
        asked.append(name)
        return "module.exports = { map: (list, f) => list.map(f) }" if name == "lodash" else None

    code_base = CodeBaseLibrary(module_resolver=resolver)
    code_base.add_module("config", "module.exports = { timeout: 5000 }")
    code_base.add_module(CodeModule("esm", "export default 7"))
    async with vm_with(code_base) as vm:
        code = "return [require('config').timeout, require('lodash').map([1], (x) => x + 1), require('esm').default]"
        assert await vm.run(code) == [5000, [2], 7]
    assert asked == ["config", "lodash", "esm"]


async def test_code_base_library_loads_every_kind_of_module():
    """CommonJS, ES modules, TypeScript, JSON, packages in node_modules; cycles; each once."""
    code_base = CodeBaseLibrary()
    fs = code_base.get_fs()
    for path, text in {
        "/a.mjs": "import b, { c as d } from './b.js'; import data from './data.json';"
        " export const all = [b, d, data.x]; export default class {}",
        "/b.js": "import { all } from './a.mjs'; export default 1;"
        " export let c = 1; c = 2; export const late = () => all;",
        "/data.json": '{"x": 3}',
        "/t.ts": "interface A { x: number }\nexport const twice = (a: A): number => a.x * 2;",
        "/node_modules/pkg/package.json": '{"exports": {".": {"require": "./lib/index.cjs"}, "./sub": "./lib/sub.js"}}',
        "/node_modules/pkg/lib/index.cjs": "exports.loads = (globalThis.loads = (globalThis.loads ?? 0) + 1)",
        "/node_modules/pkg/lib/sub.js": "exports.name = [__filename, __dirname]",
    }.items():
        fs.mkdir(path.rpartition("/")[0] or "/", parents=True)
        fs.write_text(path, text)
    code = """
      require('pkg');
      const { all } = require('./a.mjs');
      return [all, require('./b').late(), require('/t').twice({ x: 2 }), require('pkg').loads, require('pkg/sub').name];
    """
    async with vm_with(code_base) as vm:
        lib = "/node_modules/pkg/lib"
        assert await vm.run(code) == [[1, 2, 3], [1, 2, 3], 4, 1, [f"{lib}/sub.js", lib]]


async def test_code_base_library_says_what_is_missing_or_wrong():
    """With Node's codes, and the place of a syntax error."""
    code_base = project(
        **{"/bad.mjs": "export const x = ;", "/bad.json": "{", "/throws.js": "throw new Error('at load')"}
    )
    async with vm_with(code_base) as vm:
        code = """
          const seen = [];
          for (const name of ['./nothing', 'nothing', './bad.mjs', './bad.json', './throws', '']) {
            try { require(name) } catch (error) { seen.push([error.name, error.code, error.message.split('\\n')[0]]) }
          }
          return seen;
        """
        seen = await vm.run(code)
    assert [entry[0] for entry in seen] == ["Error", "Error", "SyntaxError", "SyntaxError", "Error", "TypeError"]
    assert seen[0][1:] == ["MODULE_NOT_FOUND", "Cannot find module './nothing'"]
    assert seen[1][1] == "MODULE_NOT_FOUND"
    assert "bad.mjs" in seen[2][2]
    assert "1:18" in seen[2][2]
    assert "/bad.json" in seen[3][2]


async def test_code_base_library_mocks_modules_of_node():
    """They load; what they have throws when it is called.  With a list of one's own, the others are missing."""
    code = """
      const seen = [];
      for (const name of ['crypto', 'node:http', 'os']) {
        try { require(name).x.y('z') } catch (error) { seen.push(error.code) }
      }
      return seen;
    """
    async with vm_with(CodeBaseLibrary()) as vm:
        assert await vm.run(code) == ["ERR_MOCK", "ERR_MOCK", "ERR_MOCK"]
    async with vm_with(CodeBaseLibrary(mock_modules_list=["crypto"])) as vm:
        found = await vm.run(code)
    assert found[0] == "ERR_MOCK"
    assert "ERR_MOCK" not in found[1:]


# -- ThreadLibrary


async def test_thread_library_starts_threads_from_files_and_code():
    """With `exposeCallables`, `host`, `isThread`, and the files of the first VM."""
    code_base = project(
        **{
            "/worker.js": "exposeCallables({ work: async (x) => [await host.save(x), isThread, require('./lib').y] })",
            "/lib.js": "exports.y = 3",
        }
    )
    threads = ThreadLibrary(get_thread_libraries=lambda _: [IpcRxLibrary({"mine": lambda: "own"})])
    async with vm_with(code_base, threads, IpcRxLibrary({"save": lambda x: x * 2})) as vm:
        code = """
          const worker = await startThread('/worker');
          const code = 'exposeCallables({ f: async () => [await host.mine(), await mine()] })';
          const inline = await startThread({ code });
          return [await worker.work(21), worker.threadId, await inline.f(), isThread, worker.isDisposed];
        """
        assert await vm.run(code) == [[42, "thread-1", 3], "thread-1", ["own", "own"], False, False]
        assert list(threads.get_threads()) == ["thread-1", "thread-2"]
        assert await threads.get_threads()["thread-1"].tx.call("work", [1]) == [2, "thread-1", 3]


async def test_thread_library_runs_threads_in_parallel():
    """Two that wait for each other, without yielding, only come to an end together."""
    met = set()

    def libraries(thread_id):
        def meet():
            met.add(thread_id)
            return len(met)

        return [InjectLibrary({"meet": meet})]

    code = """
      const code = 'exposeCallables({ wait: async () => { while (meet() < 2); return true } })';
      const workers = [await startThread({ code }), await startThread({ code })];
      return Promise.all(workers.map((worker) => worker.wait()));
    """
    async with vm_with(ThreadLibrary(get_thread_libraries=libraries)) as vm:
        assert await vm.run(code) == [True, True]


FILL = "exposeCallables({ fill: async () => { const all = []; for (;;) all.push(new Array(1000).fill({})) } })"


async def test_thread_library_limits_count_and_memory():
    """A thread that is disposed of makes room; one that is over its memory is lost alone."""
    told = []
    threads = ThreadLibrary(threads_count_limit=1, thread_memory_limit="16MiB")
    async with vm_with(threads, InjectLibrary({"FILL": FILL}), on_error=told.append) as vm:
        code = """
          const worker = await startThread({ code: FILL });
          const seen = [];
          try { await startThread({ code: '' }) } catch (error) { seen.push(error.message) }
          try { await worker.fill() } catch (error) { seen.push(error.name) }
          return [seen, worker.isDisposed];
        """
        assert await vm.run(code) == [["too many threads at once (at most 1)", "VMMemoryError"], True]
        assert await vm.run("return 1") == 1
    assert len(told) == 1


async def test_thread_library_stops_a_thread_that_does_not_yield():
    """The watchdog: the call fails, the thread is gone, the first VM lives on."""
    threads = ThreadLibrary(thread_timeout=0.1)
    gone = trio.Event()
    async with vm_with(threads, on_error=lambda _: gone.set()) as vm:
        code = """
          const worker = await startThread({ code: 'exposeCallables({ f: async () => { for (;;); } })' });
          try { await worker.f() } catch (error) { return error.name }
        """
        assert await vm.run(code) in {"VMTimeoutError", "VMUnresponsiveError"}
        with trio.fail_after(5):
            await gone.wait()
        assert await vm.run("return 1") == 1


async def test_thread_library_says_what_goes_wrong_in_a_thread():
    """At its start and in its functions; none is left behind."""
    threads = ThreadLibrary()
    async with vm_with(threads) as vm:
        code = """
          const seen = [];
          for (const what of ['/none', { code: 'throw new RangeError("at start")' }, { code: '(' }, { file: 1 }, 5]) {
            try { await startThread(what) } catch (error) { seen.push(error.name) }
          }
          return seen;
        """
        assert await vm.run(code) == ["VMError", "RangeError", "SyntaxError", "TypeError", "TypeError"]
        assert threads.get_threads() == {}


# -- LibraryGroup and libraries of one's own


class Recording(Library):
    def __init__(self, name, log):
        self._name, self._log = name, log

    def attach(self, vm):
        super().attach(vm)
        self._log.append(("attach", self._name))

    def get_references(self):
        self._log.append(("get_references", self._name))
        return {f"__{self._name}": lambda: self._name}

    def get_vm_code(self):
        self._log.append(("get_vm_code", self._name))
        return f"global.{self._name} = () => __{self._name}() + '!';"

    async def start(self):
        await trio.lowlevel.checkpoint()
        self._log.append(("start", self._name))

    async def after_start(self):
        await trio.lowlevel.checkpoint()
        self._log.append(("after_start", self._name))

    def dispose(self):
        self._log.append(("dispose", self._name))


async def test_library_group_and_libraries_of_ones_own_live_through_their_hooks():
    """In the documented order."""
    log = []
    async with vm_with(LibraryGroup([Recording("a", log)]), Recording("b", log)) as vm:
        assert await vm.run("return [a(), b()]") == ["a!", "b!"]
    assert log == [
        *[("attach", "a"), ("attach", "b")],
        *[("get_references", "a"), ("get_vm_code", "a"), ("get_references", "b"), ("get_vm_code", "b")],
        *[("start", "a"), ("start", "b"), ("after_start", "a"), ("after_start", "b")],
        *[("dispose", "b"), ("dispose", "a")],
    ]


async def test_a_library_serves_one_vm():
    """The second one is told."""
    ipc = IpcLibrary()
    with pytest.raises(VMError, match="belongs to no VM yet"):
        await ipc.call("f")
    async with vm_with(ipc):
        with pytest.raises(VMError, match="belongs to another VM"):
            async with vm_with(ipc):
                pass


async def test_an_error_in_a_librarys_code_is_raised_where_the_vm_begins():
    """And the libraries that have begun are disposed of."""
    log = []

    class Broken(Library):
        def get_vm_code(self):
            return "undefinedName();"

    with pytest.raises(JavaScriptError, match="undefinedName"):
        async with vm_with(Recording("a", log), Broken()):
            pass
    assert log[-1] == ("dispose", "a")


async def test_an_error_in_dispose_does_not_keep_the_others():
    """It goes to on_error."""
    log, told = [], []

    class Broken(Library):
        def dispose(self):
            raise RuntimeError("in dispose")

    async with vm_with(Recording("a", log), Broken(), on_error=told.append):
        pass
    assert log[-1] == ("dispose", "a")
    assert [str(error) for error in told] == ["in dispose"]


# -- functions as values


async def test_functions_cross_by_handles_only():
    """Those that `run` returns, and HostFunctions; any other one is refused."""
    async with vm_with(IpcRxLibrary({"give": lambda: HostFunction(lambda x: x + 1), "take": lambda x: x})) as vm:
        made = await vm.run("return { f: (x) => x * 2, n: 1 }")
        assert await made["f"](21) == 42
        assert await vm.call(made["f"], 4) == 8
        await vm.run("return { use: async (f) => [await f(10), f === undefined], same: (f, g) => f === g }")
        assert await vm.call("use", made["f"]) == [20, False]
        assert await vm.call("same", made["f"], made["f"]) is True
        assert await vm.run("const f = await give(); return f(1)") == 2
        with pytest.raises(JavaScriptError, match="it is a function"):
            await vm.run("await take(() => 1)")
        with pytest.raises(JavaScriptError, match=r"a\.b cannot cross to the host: it is a function"):
            await vm.run("return { a: { b: () => 1 } }")


async def test_slow_callbacks_of_an_interval_leave_the_host_its_turn():
    """One that takes longer than its interval is not followed by the next one at once, for ever."""
    async with vm_with(TimingLibrary(), IpcRxLibrary({"ask": lambda: 1}), timeout=2) as vm:
        code = """
          let ticks = 0;
          const id = setInterval(() => { ticks++; const end = Date.now() + 3; while (Date.now() < end); }, 1);
          for (let i = 0; i < 5; i++) { await ask(); await new Promise((resolve) => setTimeout(resolve, 1)); }
          clearInterval(id);
          return ticks > 1;
        """
        assert await vm.run(code) is True
