namespace Crid.Images;

/// <summary>How registries are reached.</summary>
public sealed record RegistryOptions
{
    /// <summary>Directory of <c>REGISTRY/hosts.toml</c> files, as containerd's certs.d.</summary>
    public string CertsDirectory { get; init; } = "/etc/crid/certs.d";

    /// <summary>Registries (<c>host:port</c>) that are reached over plain HTTP; those of this machine always are.</summary>
    public IReadOnlyList<string> PlainHttpRegistries { get; init; } = [];

    /// <summary>URL of the proxy for plain HTTP; empty for what the environment says.</summary>
    public string HttpProxy { get; init; } = "";

    /// <summary>URL of the proxy for HTTPS; empty for what the environment says.</summary>
    public string HttpsProxy { get; init; } = "";

    /// <summary>Hosts, suffixes of names, addresses and networks that are reached without a proxy; none for what the environment says.</summary>
    public IReadOnlyList<string> NoProxy { get; init; } = [];

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From a request to the headers of its response.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A body that brings nothing, or next to nothing, for this long is given up and asked for again.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a request is sent before its failure counts.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>The pause before the second attempt; it doubles with each.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Ranges of a large layer that are fetched at once; one for none. Each costs 4 MiB of memory.</summary>
    public int ParallelRanges { get; init; } = 4;

    /// <summary>The smallest layer that is fetched in ranges, in bytes.</summary>
    public long ParallelFrom { get; init; } = 64 << 20;
}
