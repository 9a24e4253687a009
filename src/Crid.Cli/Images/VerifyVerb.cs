using System.CommandLine;
using Crid.Api;

namespace Crid.Cli;

/// <summary><c>crid images verify</c>: are the layers on disk still what was pulled.</summary>
internal static class VerifyVerb
{
    public static Command Create()
    {
        Option<bool> repair = new("--repair") { Description = "Fetch damaged layers again" };
        Option<string?> user = new("--user", "-u") { Description = "Credentials for the registries, with --repair", HelpName = "name:password" };
        Command command = new("verify", "Compare every layer with the digest of its archive") { repair, user };
        Verb.Attach(command, new CommonOptions { HasTimeout = false }, async (parsed, context, cancellation) =>
        {
            AuthConfig? credentials = PullCredentials.Parse(parsed.GetValue(user));
            VerifyImagesRequest request = new()
            {
                Repair = parsed.GetValue(repair), Username = credentials?.Username ?? "", Password = credentials?.Password ?? "",
            };
            VerifyImagesResponse response = await context.Daemon.Admin.VerifyImagesAsync(request, DaemonConnection.Unlimited(cancellation));
            if (context.Format == OutputFormat.Json)
            {
                await context.Output.WriteLineAsync(JsonText.Write(JsonText.Of(response)));
            }
            else
            {
                await PrintAsync(response, context.Output);
            }

            return response.Damaged.All(static layer => layer.Repaired) ? ExitCodes.Success : ExitCodes.Failure;
        });
        return command;
    }

    private static async Task PrintAsync(VerifyImagesResponse response, TextWriter output)
    {
        foreach (DamagedLayer layer in response.Damaged)
        {
            string outcome = layer.Repaired ? "; fetched again" : layer.RepairFailure.Length > 0 ? $"; not fetched again: {layer.RepairFailure}" : "";
            await output.WriteLineAsync($"layer {HumanFormat.ShortId(layer.DiffId)} of {string.Join(", ", layer.Images.Select(HumanFormat.ShortId))}: {SafeText.Of(layer.Problem + outcome)}");
        }

        string unprovable = response.Unprovable > 0 ? $", {response.Unprovable} by the number of their files alone" : "";
        await output.WriteLineAsync($"{response.Layers} layers checked ({HumanFormat.Size(response.Bytes)}{unprovable}), {response.Damaged.Count} damaged");
    }
}
