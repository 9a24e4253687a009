using System.Text.Json.Nodes;

namespace Crid.Networking;

/// <summary>What a request offers to plugins with the capability, by the names and shapes of the CNI conventions.</summary>
internal static class CapabilityArguments
{
    private const string IngressAnnotation = "kubernetes.io/ingress-bandwidth";
    private const string EgressAnnotation = "kubernetes.io/egress-bandwidth";

    // As large as the bandwidth plugin's 32-bit counters allow: the rate is limited, not the burst.
    private const long Burst = uint.MaxValue;

    public static JsonObject Build(AttachmentRequest request)
    {
        JsonObject arguments = [];
        if (request.HostPorts.Count > 0)
        {
            arguments["portMappings"] = new JsonArray([.. request.HostPorts.Select(ToPortMapping)]);
        }

        if (BuildBandwidth(request.Annotations) is JsonObject bandwidth)
        {
            arguments["bandwidth"] = bandwidth;
        }

        if (request.DnsServers.Count + request.DnsSearches.Count + request.DnsOptions.Count > 0)
        {
            arguments["dns"] = new JsonObject
            {
                ["servers"] = Json.ToArray(request.DnsServers),
                ["searches"] = Json.ToArray(request.DnsSearches),
                ["options"] = Json.ToArray(request.DnsOptions),
            };
        }

        if (request.PodName.Length > 0)
        {
            arguments["aliases"] = Json.ToArray([request.PodName]);
        }

        if (request.CgroupParent.Length > 0)
        {
            arguments["cgroupPath"] = request.CgroupParent;
        }

        if (request.Annotations.Count > 0)
        {
            arguments["io.kubernetes.cri.pod-annotations"] =
                new JsonObject(request.Annotations.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        }

        return arguments;
    }

    private static JsonObject ToPortMapping(HostPort port) => new()
    {
        ["hostPort"] = port.Port,
        ["containerPort"] = port.ContainerPort,
        ["protocol"] = port.Protocol.ToLowerInvariant(),
        ["hostIP"] = port.HostIp,
    };

    private static JsonObject? BuildBandwidth(IReadOnlyDictionary<string, string> annotations)
    {
        JsonObject bandwidth = [];
        if (annotations.TryGetValue(IngressAnnotation, out string? ingress))
        {
            bandwidth["ingressRate"] = BandwidthQuantity.Parse(IngressAnnotation, ingress);
            bandwidth["ingressBurst"] = Burst;
        }

        if (annotations.TryGetValue(EgressAnnotation, out string? egress))
        {
            bandwidth["egressRate"] = BandwidthQuantity.Parse(EgressAnnotation, egress);
            bandwidth["egressBurst"] = Burst;
        }

        return bandwidth.Count > 0 ? bandwidth : null;
    }
}
