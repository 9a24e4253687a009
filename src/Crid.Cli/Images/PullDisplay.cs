namespace Crid.Cli;

/// <summary>What a pull shows while it runs.</summary>
internal enum PullDisplay
{
    None,
    Progress,
}
