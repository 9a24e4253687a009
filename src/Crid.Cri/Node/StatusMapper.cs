using Crid.Networking;
using Crid.Runtimes;

namespace Crid.Cri;

/// <summary>The runtime's conditions, handlers and features as Status answers them.</summary>
internal static class StatusMapper
{
    public static Api.StatusResponse ToResponse(RuntimeReadiness runtime, NetworkStatus network, IReadOnlyCollection<RuntimeHandler> handlers)
    {
        Api.StatusResponse response = new()
        {
            Status = new Api.RuntimeStatus(),
            Features = new Api.RuntimeFeatures
            {
                SupplementalGroupsPolicy = true,
                MountOptions = true,
                UserNamespacesHostNetwork = handlers.Any(static handler => handler.UserNamespaces),
            },
        };
        response.Status.Conditions.Add(Condition("RuntimeReady", runtime.IsReady, runtime.Reason, runtime.Message));
        response.Status.Conditions.Add(Condition("NetworkReady", network.IsReady, network.Reason, network.Message));
        response.RuntimeHandlers.Add(handlers.Select(ToMessage));
        return response;
    }

    private static Api.RuntimeCondition Condition(string type, bool status, string reason, string message) =>
        new() { Type = type, Status = status, Reason = reason, Message = message };

    private static Api.RuntimeHandler ToMessage(RuntimeHandler handler) => new()
    {
        Name = handler.Name,
        Features = new Api.RuntimeHandlerFeatures
        {
            RecursiveReadOnlyMounts = handler.RecursiveReadOnlyMounts,
            UserNamespaces = handler.UserNamespaces,
        },
    };
}
