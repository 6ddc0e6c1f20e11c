"""The library's answers, handed in as one's own."""

from attacks.attack import attack, learns

ATTACKS = (
    attack("import", "hand in the library's function", "from rnnbook.scratch.rnn import step"),
    attack("call", "call the library's function", """
        from rnnbook.scratch import rnn
        def step(params, x_t, state):
            return rnn.step(params, x_t, state)"""),
    attack("wrapped", "hide the library's function in a partial", """
        import functools
        from rnnbook.scratch import rnn
        step = functools.partial(lambda f, *a: f(*a), rnn.step)"""),
    attack("through-forward", "one step by the library's loop", """
        from rnnbook.scratch import rnn
        def step(params, x_t, state):
            return rnn.forward(params, x_t[None], state)[1]"""),
    attack("fast", "the library's fast version", """
        from rnnbook import fast
        def step(params, x_t, state):
            return fast.rnn.step(params, x_t, state)"""),
    attack("late-import", "import when nobody looks any more", """
        def step(params, x_t, state):
            import importlib
            return importlib.import_module("rnnbook.scratch.rnn").step(params, x_t, state)"""),
    attack("no-finder", "take the grader's import hooks away first", """
        import sys
        sys.meta_path[:] = [f for f in sys.meta_path if "rnnbook" not in type(f).__module__]
        for name in [n for n in sys.modules if n.startswith("rnnbook.")]:
            del sys.modules[name]
        from rnnbook.scratch.rnn import step as real
        def step(params, x_t, state):
            return real(params, x_t, state)"""),
    attack("no-profiler", "switch the watcher off, then call", """
        import sys
        sys.meta_path[:] = [f for f in sys.meta_path if "rnnbook" not in type(f).__module__]
        for name in [n for n in sys.modules if n.startswith("rnnbook.")]:
            del sys.modules[name]
        def step(params, x_t, state):
            sys.setprofile(None)
            from rnnbook.scratch.rnn import step as real
            return real(params, x_t, state)""", bites=True),
    attack("in-a-thread", "call where the watcher does not look", """
        import sys, threading
        sys.meta_path[:] = [f for f in sys.meta_path if "rnnbook" not in type(f).__module__]
        for name in [n for n in sys.modules if n.startswith("rnnbook.")]:
            del sys.modules[name]
        def step(params, x_t, state):
            out = []
            def work():
                from rnnbook.scratch.rnn import step as real
                out.append(real(params, x_t, state))
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
            return out[0]""", bites=True),
    attack("reference", "ask the exercise for its reference", """
        from rnnbook.checks import get
        step = get("rnn-step").reference"""),
    attack("chapter", "import the chapter's answers", """
        from rnnbook.checks.hidden_state.draw import step"""),
    attack("registry", "load the exercises anew and look into them", """
        import sys
        sys.meta_path[:] = [f for f in sys.meta_path if "rnnbook" not in type(f).__module__]
        for name in [n for n in sys.modules if n.startswith("rnnbook.")]:
            del sys.modules[name]
        import rnnbook.checks
        real = rnnbook.checks.get("rnn-step").reference
        code = real.__code__.replace(co_filename="<cell 1>")
        def step(params, x_t, state):
            return type(real)(code, real.__globals__)(params, x_t, state)""", bites=False),
    learns("help", "what help() shows of the reference", """
        import contextlib, io, pydoc
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            help("rnnbook.scratch.rnn")
        learn(out.getvalue())""", bites=False),
    attack("torch", "another library's recurrent cell", """
        import torch
        def step(params, x_t, state):
            t = {k: torch.as_tensor(v) for k, v in params.items()}
            return torch.rnn_tanh_cell(torch.as_tensor(x_t), torch.as_tensor(state), t["W_xh"], t["W_hh"], t["b_h"],
                                       torch.zeros_like(t["b_h"])).numpy()"""),
)
