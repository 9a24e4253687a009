namespace Crid.Oci;

/// <summary>Cgroup limits; also the document that <c>update --resources</c> reads.</summary>
public sealed record OciResources
{
    public IReadOnlyList<OciDeviceRule>? Devices { get; init; }

    public OciCpu? Cpu { get; init; }

    public OciMemory? Memory { get; init; }

    public IReadOnlyList<OciHugepageLimit>? HugepageLimits { get; init; }

    /// <summary>Files of cgroup v2 and their values.</summary>
    public IReadOnlyDictionary<string, string>? Unified { get; init; }
}
