using Crid.Images;
using Grpc.Core;

namespace Crid.Cri;

/// <content>Version, readiness and settings of the node.</content>
public sealed partial class RuntimeServiceImpl
{
    /// <summary>The version of the runtime API's request format; kubelet accepts no other.</summary>
    private const string KubeApiVersion = "0.1.0";

    private const string CriVersion = "v1";

    public override Task<Api.VersionResponse> Version(Api.VersionRequest request, ServerCallContext context) =>
        Task.FromResult(new Api.VersionResponse
        {
            Version = KubeApiVersion,
            RuntimeName = _information.Name,
            RuntimeVersion = _information.Version,
            RuntimeApiVersion = CriVersion,
        });

    public override Task<Api.StatusResponse> Status(Api.StatusRequest request, ServerCallContext context)
    {
        Api.StatusResponse response = StatusMapper.ToResponse(_readiness.GetReadiness(), _network.GetStatus(), _runtimes.Handlers);
        if (request.Verbose)
        {
            response.Info.Add("config", _information.ConfigJson);
            response.Info.Add("images", NodeInfo.Images(DecoderInUse.All));
            response.Info.Add("cdi", NodeInfo.Cdi(_runtimes.ListCdiDevices()));
        }

        return Task.FromResult(response);
    }

    public override Task<Api.RuntimeConfigResponse> RuntimeConfig(Api.RuntimeConfigRequest request, ServerCallContext context) =>
        Task.FromResult(new Api.RuntimeConfigResponse
        {
            Linux = new Api.LinuxRuntimeConfiguration { CgroupDriver = (Api.CgroupDriver)_runtimes.CgroupDriver },
        });

    public override async Task<Api.UpdateRuntimeConfigResponse> UpdateRuntimeConfig(Api.UpdateRuntimeConfigRequest request, ServerCallContext context)
    {
        string podCidr = request.RuntimeConfig?.NetworkConfig?.PodCidr ?? "";
        if (podCidr.Length > 0)
        {
            await _network.UpdatePodCidrAsync(podCidr, context.CancellationToken);
        }

        return new Api.UpdateRuntimeConfigResponse();
    }
}
