namespace Crid.Cli;

/// <summary>What a verb works with while it runs.</summary>
internal sealed record VerbContext(DaemonConnection Daemon, Terminal Terminal, OutputFormat Format, Interrupts Interrupts)
{
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public PodFileRoots PodFiles { get; init; } = PodFileRoots.Default;

    public TextWriter Output => Terminal.Output;

    public TextWriter Error => Terminal.Error;

    public void WriteTable(Table table) => table.Write(Terminal.Output, Terminal.Width);
}
