namespace Crid.Daemon;

/// <summary>One thing that was looked at: what was found, and what to do about it (empty when all is well).</summary>
internal sealed record HostCheck(string Name, CheckOutcome Outcome, string Found, string Advice)
{
    public static HostCheck Ok(string name, string found) => new(name, CheckOutcome.Ok, found, "");

    public static HostCheck Warning(string name, string found, string advice) => new(name, CheckOutcome.Warning, found, advice);

    public static HostCheck Failure(string name, string found, string advice) => new(name, CheckOutcome.Failure, found, advice);
}
