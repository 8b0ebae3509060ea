"""What the paths of folders and prompts do. What they hold is answered whole, as there are no pages."""

from facade.dialect import Call, Reply
from facade.dialects.bifrost import bodies, calls, faults, revisions, shapes
from facade.problem import Problem
from promptwire.v1 import folder_pb2, prompt_pb2
from promptwire.v1 import prompt_service_pb2 as pb

PAGE_SIZE = 1000


async def list_folders(call: Call) -> Reply:
    """Give all folders, the newest first."""
    folders = [shapes.from_folder(folder, counted=True) for folder in await _folders(call)]
    return Reply(200, {"folders": folders})


async def create_folder(call: Call) -> Reply:
    """Create a folder."""
    request = bodies.to_create_folder(await calls.body(call))
    answer = await call.rpc(call.core.prompts.CreateFolder, request)
    return Reply(200, {"folder": shapes.from_folder(answer.folder)})


async def get_folder(call: Call) -> Reply:
    """Give a folder."""
    return Reply(200, {"folder": shapes.from_folder(await _folder(call, call.path["id"]))})


async def update_folder(call: Call) -> Reply:
    """Change a folder's name or description, or give it as it is when nothing is to change."""
    request = bodies.to_update_folder(await calls.body(call), call.path["id"])
    if not request.update_mask.paths:
        return await get_folder(call)
    answer = await calls.ask(call, call.core.prompts.UpdateFolder, request, faults.FOLDER)
    return Reply(200, {"folder": shapes.from_folder(answer.folder)})


async def delete_folder(call: Call) -> Reply:
    """Delete a folder with its prompts."""
    request = pb.DeleteFolderRequest(id=call.path["id"], force=True)
    await calls.ask(call, call.core.prompts.DeleteFolder, request, faults.FOLDER)
    return Reply(200, {"message": "folder deleted successfully"})


async def list_prompts(call: Call) -> Reply:
    """Give all prompts, or those of a folder, the newest first, each with its latest version."""
    prompts, folders = await calls.both(_prompts(call, call.query.get("folder_id", "")), _folders(call))
    return Reply(200, {"prompts": shapes.from_prompts(prompts, folders)})


async def create_prompt(call: Call) -> Reply:
    """Create a prompt, in a folder or at the root."""
    request = bodies.to_create_prompt(await calls.body(call))
    try:
        prompt = (await call.rpc(call.core.prompts.CreatePrompt, request)).prompt
        folder = await _folder(call, prompt.folder_id) if prompt.folder_id else None
    except Problem as raised:
        raise faults.of_body(raised, "folder_id", faults.FOLDER) from None
    return Reply(200, {"prompt": shapes.from_whole_prompt(prompt, folder)})


async def get_prompt(call: Call) -> Reply:
    """Give a prompt with its folder, its versions and its sessions."""
    answer = await _prompt(call)
    prompt_id = answer.prompt.id
    versions, sessions = await calls.both(revisions.versions(call, prompt_id), revisions.sessions(call, prompt_id))
    folder = answer.folder if answer.HasField("folder") else None
    return Reply(200, {"prompt": shapes.from_whole_prompt(answer.prompt, folder, versions, sessions)})


async def update_prompt(call: Call) -> Reply:
    """Change a prompt's name or move it, and give it as `get_prompt` does."""
    request = bodies.to_update_prompt(await calls.body(call), call.path["id"])
    if request.folder_id:
        # That there is no prompt is told before that there is no folder, whatever the services look at first.
        await _prompt(call)
    if request.update_mask.paths:
        try:
            await calls.ask(call, call.core.prompts.UpdatePrompt, request, faults.PROMPT)
        except Problem as raised:
            raise faults.of_body(raised, "folder_id", faults.FOLDER) from None
    return await get_prompt(call)


async def delete_prompt(call: Call) -> Reply:
    """Delete a prompt with all that it holds."""
    request = pb.DeletePromptRequest(id=call.path["id"])
    await calls.ask(call, call.core.prompts.DeletePrompt, request, faults.PROMPT)
    return Reply(200, {"message": "prompt deleted successfully"})


async def _folder(call: Call, folder_id: str) -> folder_pb2.Folder:
    request = pb.GetFolderRequest(id=folder_id)
    return (await calls.ask(call, call.core.prompts.GetFolder, request, faults.FOLDER)).folder


async def _folders(call: Call) -> list[folder_pb2.Folder]:
    request = pb.ListFoldersRequest(page_size=PAGE_SIZE)
    answers = await calls.pages(call, call.core.prompts.ListFolders, request, faults.FOLDER)
    return [folder for answer in answers for folder in answer.folders]


async def _prompt(call: Call) -> pb.GetPromptResponse:
    request = pb.GetPromptRequest(id=call.path["id"])
    return await calls.ask(call, call.core.prompts.GetPrompt, request, faults.PROMPT)


async def _prompts(call: Call, folder_id: str) -> list[prompt_pb2.Prompt]:
    request = pb.StreamPromptsRequest(folder_id=folder_id or None)
    try:
        answers = call.core.stream(call.core.prompts.StreamPrompts, request, call.caller)
        return [prompt async for answer in answers for prompt in answer.prompts]
    except Problem as raised:
        if raised.reason == faults.FOLDER or any(fault.field == "folder_id" for fault in raised.faults):
            return []
        raise
