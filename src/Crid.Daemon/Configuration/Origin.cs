namespace Crid.Daemon;

/// <summary>A place in a configuration file; lines count from 1.</summary>
internal sealed record Origin(string File, int Line)
{
    public override string ToString() => $"{File}:{Line}";
}
