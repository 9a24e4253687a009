using System.CommandLine;
using System.CommandLine.Parsing;

namespace Crid.Cli;

/// <summary>The options that every verb has which talks to a CRI server.</summary>
internal sealed class CommonOptions
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    public Option<string> Address { get; } = new("--address")
    {
        Description = $"Socket of the CRI server (or ${DaemonAddress.EnvironmentVariable})",
        HelpName = "unix:///path",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(DaemonAddress.EnvironmentVariable) is { Length: > 0 } set ? set : DaemonAddress.Default,
    };

    public Option<TimeSpan?> Timeout { get; } = new("--timeout")
    {
        Description = "Longest time that a call may take, besides pulls and grace periods (30s)",
        HelpName = "duration",
        CustomParser = result => DurationText.ParseArgument(result),
    };

    public Option<OutputFormat?> Output { get; } = new("--output", "-o")
    {
        Description = "table (the default), or json for scripts",
        HelpName = "table|json",
        CustomParser = result => ParseFormat(result),
    };

    /// <summary>How long calls may take; verbs with a --timeout of their own meaning leave the general one out.</summary>
    public bool HasTimeout { get; init; } = true;

    public bool HasOutput { get; init; } = true;

    public void AddTo(Command command)
    {
        command.Add(Address);
        if (HasTimeout)
        {
            command.Add(Timeout);
        }

        if (HasOutput)
        {
            command.Add(Output);
        }
    }

    public DaemonConnection Connect(ParseResult parsed) =>
        new(DaemonAddress.Parse(parsed.GetValue(Address) ?? DaemonAddress.Default), (HasTimeout ? parsed.GetValue(Timeout) : null) ?? DefaultTimeout);

    public OutputFormat Format(ParseResult parsed) => (HasOutput ? parsed.GetValue(Output) : null) ?? OutputFormat.Table;

    private static OutputFormat ParseFormat(ArgumentResult result)
    {
        switch (result.Tokens[^1].Value)
        {
            case "table":
                return OutputFormat.Table;
            case "json":
                return OutputFormat.Json;
            default:
                result.AddError($"--output is table or json, not '{result.Tokens[^1].Value}'");
                return OutputFormat.Table;
        }
    }
}
