namespace Crid.Runtimes;

/// <summary>How infra processes are run.</summary>
public sealed record PauseOptions
{
    /// <summary>The pause program, which is built with crid and lies beside it.</summary>
    public string Program { get; init; } = System.IO.Path.Combine(AppContext.BaseDirectory, "crid-pause");

    /// <summary>Starts a program in a scope of systemd; used with the systemd cgroup driver alone.</summary>
    public string ScopeProgram { get; init; } = "/usr/bin/systemd-run";

    /// <summary>Makes the process the last one that the kernel kills for want of memory.</summary>
    public int OomScoreAdj { get; init; } = -998;
}
