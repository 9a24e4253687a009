using System.Text.Json.Nodes;

namespace Crid.Networking;

/// <summary>What a finished ADD used and returned.</summary>
internal sealed record CachedAttachment
{
    public required string ContainerId { get; init; }

    public required string NetworkName { get; init; }

    public required string InterfaceName { get; init; }

    public required string NetnsPath { get; init; }

    /// <summary>The bytes of the configuration list.</summary>
    public required byte[] Configuration { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Arguments { get; init; }

    public required JsonObject CapabilityArguments { get; init; }

    public required JsonObject Result { get; init; }
}
