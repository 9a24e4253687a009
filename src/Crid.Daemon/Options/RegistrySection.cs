namespace Crid.Daemon;

/// <summary>The table <c>[registry]</c>.</summary>
internal sealed record RegistrySection
{
    public string CertsDirectory { get; init; } = "/etc/crid/certs.d";

    public IReadOnlyList<string> PlainHttp { get; init; } = [];

    public int ParallelRanges { get; init; } = 4;

    public string HttpProxy { get; init; } = "";

    public string HttpsProxy { get; init; } = "";

    public IReadOnlyList<string> NoProxy { get; init; } = [];

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public int Attempts { get; init; } = 4;
}
