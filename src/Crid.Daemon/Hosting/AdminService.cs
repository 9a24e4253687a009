using Crid.Api;
using Crid.Core;
using Crid.Images;
using Crid.Keeper.Protocol;
using Grpc.Core;

namespace Crid.Daemon;

/// <summary>The calls that crid offers to people beyond the CRI.</summary>
internal sealed class AdminService(
    IImages images, IImageMaintenance maintenance, DaemonControl control, KeeperClient keeper, ILogger logger) : Admin.AdminBase
{
    public override async Task<ImportImageResponse> ImportImage(ImportImageRequest request, ServerCallContext context)
    {
        RequireAbsolute(request.Path);
        IReadOnlyList<Crid.Images.Image> imported = await images.ImportAsync(request.Path, context.CancellationToken);
        DaemonLog.Imported(logger, request.Path, string.Join(", ", imported.Select(static image => image.Id.Value)));
        ImportImageResponse response = new();
        foreach (Crid.Images.Image image in imported)
        {
            ImportedImage item = new() { Id = image.Id.Value };
            item.Tags.Add(image.Tags.Select(static tag => tag.ToString()));
            response.Images.Add(item);
        }

        return response;
    }

    public override async Task<ExportImagesResponse> ExportImages(ExportImagesRequest request, ServerCallContext context)
    {
        RequireAbsolute(request.Path);
        if (request.Images.Count == 0)
        {
            throw CridException.InvalidArgument("no image to export is named");
        }

        await maintenance.ExportAsync(request.Images, request.Path, context.CancellationToken);
        return new ExportImagesResponse();
    }

    public override async Task<VerifyImagesResponse> VerifyImages(VerifyImagesRequest request, ServerCallContext context)
    {
        RegistryCredentials? credentials = request.Username.Length == 0 ? null : new RegistryCredentials { Username = request.Username, Password = request.Password };
        VerificationReport report = await maintenance.VerifyAsync(request.Repair, credentials, context.CancellationToken);
        VerifyImagesResponse response = new() { Layers = (uint)report.Layers, Unprovable = (uint)report.Unprovable, Bytes = (ulong)report.Bytes };
        foreach (LayerDamage damage in report.Damage)
        {
            DamagedLayer item = new()
            {
                DiffId = damage.Layer.Value, Problem = damage.Problem, Repaired = damage.Repaired, RepairFailure = damage.RepairFailure ?? "",
            };
            item.Images.Add(damage.Images);
            response.Damaged.Add(item);
        }

        return response;
    }

    public override Task<ListPullsResponse> ListPulls(ListPullsRequest request, ServerCallContext context)
    {
        ListPullsResponse response = new();
        foreach (PullProgress progress in images.ListPulls())
        {
            response.Pulls.Add(new Pull
            {
                Reference = progress.Reference.ToString(),
                LayersDone = (uint)progress.LayersDone,
                LayersTotal = (uint)progress.LayersTotal,
                BytesReceived = (ulong)progress.BytesReceived,
                BytesTotal = (ulong)progress.BytesTotal,
            });
        }

        return Task.FromResult(response);
    }

    public override Task<GetDaemonResponse> GetDaemon(GetDaemonRequest request, ServerCallContext context) =>
        Task.FromResult(control.Describe(keeper.KeeperPid));

    public override Task<SetLogLevelResponse> SetLogLevel(SetLogLevelRequest request, ServerCallContext context) =>
        Task.FromResult(new SetLogLevelResponse { Previous = control.SetLogLevel(request.Level) });

    public override Task<ReloadResponse> Reload(ReloadRequest request, ServerCallContext context) => Task.FromResult(control.Reload());

    private static void RequireAbsolute(string path)
    {
        if (!path.StartsWith('/'))
        {
            throw CridException.InvalidArgument($"'{path}' is not an absolute path");
        }
    }
}
