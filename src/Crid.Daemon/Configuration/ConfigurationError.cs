namespace Crid.Daemon;

/// <summary>What is wrong with a configuration, and where; without an origin where no file says it.</summary>
internal sealed record ConfigurationError(Origin? Origin, string Message)
{
    public override string ToString() => Origin is null ? Message : $"{Origin}: {Message}";
}
