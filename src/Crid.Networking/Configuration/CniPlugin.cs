using System.Text.Json.Nodes;

namespace Crid.Networking;

/// <summary>One plugin of a chain; its configuration is as in the file and must not be changed.</summary>
internal sealed record CniPlugin(string Type, JsonObject Configuration)
{
    /// <summary>Whether the plugin declares that it takes this part of the runtime configuration.</summary>
    public bool HasCapability(string name) => Configuration["capabilities"] is JsonObject capabilities && capabilities.IsTrue(name);
}
